import { Alert, Button, Form, Input } from 'antd';
import { useEffect, useState } from 'react';

import { ApiError } from '../../api/client';
import { useSession } from '../../api/session';
import { useLocale } from '../../i18n/Locale';
import { Original, useSaid } from '../../ui/Said';
import { LanguageAndTheme, Mark } from '../../ui/Shell';

interface Entry {
  name: string;
  password: string;
  code?: string;
}

export function SignIn({ setup }: { setup: boolean }) {
  const { t } = useLocale();
  const said = useSaid();
  const { signIn, setUp } = useSession();
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const title = t(setup ? 'setup.title' : 'signin.title');
  useEffect(() => {
    document.title = `${title} · ${t('ui.product')}`;
  }, [title, t]);

  async function enter(entry: Entry) {
    setBusy(true);
    setError(undefined);
    try {
      if (setup) await setUp(entry.name, entry.password, (entry.code ?? '').trim());
      else await signIn(entry.name, entry.password);
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setError(cause);
    } finally {
      setBusy(false);
    }
  }

  // Worded when shown: the language may be changed meanwhile.
  function failure(cause: ApiError) {
    if (cause.code === 'unreachable') return t('ui.error.unreachable');
    if (cause.status === 401 || cause.status === 403) return t(setup ? 'setup.wrong' : 'signin.wrong');
    const spoken = said(cause);
    return <>{t(setup ? 'setup.failed' : 'signin.failed', { message: spoken.text, code: cause.code })}<Original spoken={spoken} /></>;
  }

  const required = { required: true, message: t('signin.required') };
  return (
    <main className="signin" id="content">
      <div className="signin-card">
        <div className="signin-head">
          <Mark />
          <h1>{title}</h1>
          <p className="question">{t(setup ? 'setup.question' : 'signin.question')}</p>
        </div>
        {error && <Alert type="error" showIcon message={failure(error)} role="alert" />}
        <Form<Entry> layout="vertical" requiredMark={false} onFinish={enter} disabled={busy}>
          {setup && (
            <Form.Item name="code" label={t('setup.code')} extra={t('setup.codeHint')} rules={[required]}>
              <Input autoFocus autoComplete="one-time-code" spellCheck={false} />
            </Form.Item>
          )}
          <Form.Item name="name" label={t('signin.name')} rules={[required]}>
            <Input autoFocus={!setup} autoComplete="username" spellCheck={false} />
          </Form.Item>
          <Form.Item
            name="password"
            label={t('signin.password')}
            extra={setup ? t('setup.passwordHint') : undefined}
            rules={setup ? [required, { min: 10, message: t('setup.short') }] : [required]}
          >
            <Input.Password autoComplete={setup ? 'new-password' : 'current-password'} />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={busy}>
            {t(setup ? 'setup.enter' : 'signin.enter')}
          </Button>
        </Form>
        <LanguageAndTheme />
      </div>
    </main>
  );
}
