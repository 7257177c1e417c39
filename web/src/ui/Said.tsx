// What the server said, in the reader's language; its own sentence stays at hand where that is another.
import { Alert } from 'antd';
import { useCallback } from 'react';

import type { MessageKey } from '../i18n/catalogue';
import { useLocale } from '../i18n/Locale';
import { inWords, type Spoken, type Statement } from '../said/words';

export function useSaid(): (said: Statement) => Spoken {
  const { language, t } = useLocale();
  return useCallback((said) => inWords(said, language, t), [language, t]);
}

// Open where the text above says less than the sentence does.
export function Original({ spoken }: { spoken: Spoken }) {
  const { t } = useLocale();
  if (!spoken.original) return null;
  return (
    <details className="original" open={spoken.lacking}>
      <summary>{t('said.original')}</summary>
      <q lang="en">{spoken.original}</q>
    </details>
  );
}

// One line of what did not work: `what` is a message with {message}, and {code} where there is one.
export function Refused({ error, what, values, closable, className }: {
  error: Statement;
  what?: MessageKey;
  values?: Record<string, string | number>;
  closable?: boolean;
  className?: string;
}) {
  const { t } = useLocale();
  const spoken = useSaid()(error);
  const message = what ? t(what, { ...values, message: spoken.text, code: error.code ?? '' }) : spoken.text;
  return <Alert type="error" showIcon closable={closable} className={className} message={<>{message}<Original spoken={spoken} /></>} />;
}
