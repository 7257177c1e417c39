// A sentence of the server's for a reader: in English as it was said; in Chinese where the table knows it, else what its
// code means. What was said then stands behind it, so that no detail is lost.
import type { MessageKey } from '../i18n/catalogue';
import type { Translate } from '../i18n/Locale';
import type { Language } from '../i18n/message';
import { saidMessages } from './strings';
import { chineseOf } from './table';

export interface Statement {
  message: string;
  code?: string;
  field?: string | null;
}

export interface Spoken {
  text: string;
  original?: string; // what was said, where the text is not that
  lacking?: boolean; // the text says less than was said
}

// What stands before the server answers in its own words; of those the status is what is known.
const byStatus: ReadonlyMap<string, MessageKey> = new Map(Object.entries({
  http_401: 'said.unauthorized',
  http_403: 'said.forbidden',
  http_404: 'said.not_found',
  http_405: 'said.method_not_allowed',
  http_413: 'said.too_large',
  http_429: 'said.too_many_requests',
  http_502: 'said.between',
  http_503: 'said.between',
  http_504: 'said.between',
} satisfies Record<string, MessageKey>));

export function codeKey(code: string): MessageKey {
  if (code === 'unreachable') return 'ui.error.unreachable';
  const own = `said.${code}`;
  return own in saidMessages ? (own as MessageKey) : byStatus.get(code) ?? 'ui.error.unknown';
}

export function inWords({ message, code, field }: Statement, language: Language, t: Translate): Spoken {
  const foreign = code?.startsWith('http_') ?? false;
  if (language === 'en' && message && !foreign) return { text: message };
  const chinese = message && !foreign ? chineseOf(message) : undefined;
  if (chinese !== undefined) return { text: chinese, original: message };
  if (code === undefined) return { text: message };
  const meaning = t(codeKey(code));
  return { text: field ? t('said.ofField', { text: meaning, field }) : meaning, ...(message && { original: message, lacking: true }) };
}
