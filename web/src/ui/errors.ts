// What to tell a reader about a failed request: in the reader's own language where the code alone says what to do, else
// the server's sentence, which names value, limit and remedy.
import type { ApiError } from '../api/client';
import type { MessageKey } from '../i18n/catalogue';

const known: Partial<Record<string, MessageKey>> = {
  unreachable: 'ui.error.unreachable',
  not_found: 'ui.error.notFound',
};

export function errorHint(error: ApiError): { text: string } | { key: MessageKey } {
  const key = known[error.code];
  if (key) return { key };
  if (error.code.startsWith('http_5')) return { key: 'ui.error.unknown' }; // whatever stands before the server said it, in its own words
  return error.message ? { text: error.message } : { key: 'ui.error.unknown' };
}
