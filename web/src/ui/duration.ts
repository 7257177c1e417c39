// A length of time in words, in the largest unit that leaves at least one.
import type { Translate } from '../i18n/Locale';

export function plainDuration(ms: number, t: Translate): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 1) return t('duration.moment');
  if (seconds < 60) return t('duration.seconds', { n: seconds });
  if (seconds < 3600) return t('duration.minutes', { n: Math.round(seconds / 60) });
  if (seconds < 86_400) return t('duration.hours', { n: Math.round(seconds / 3600) });
  return t('duration.days', { n: Math.round(seconds / 86_400) });
}
