// How much of what came in was accepted, and the plain name of a reason for refusal.
import type { Source } from '../../api/types';
import type { MessageKey } from '../../i18n/catalogue';
import { saidMessages } from '../../said/strings';

export interface Intake {
  accepted: number;
  refused: number;
  share: number | null; // null when nothing came in
}

export function intakeOf(sources: Pick<Source, 'events' | 'quarantined'>[]): Intake {
  const accepted = sources.reduce((sum, source) => sum + source.events, 0);
  const refused = sources.reduce((sum, source) => sum + source.quarantined, 0);
  const all = accepted + refused;
  return { accepted, refused, share: all > 0 ? accepted / all : null };
}

// 99.96 % must not read as "100 %" while something was refused.
export function careful(share: number, refused: number): number {
  return refused > 0 ? Math.min(share, 0.999) : share;
}

const reasons: Partial<Record<string, MessageKey>> = {
  invalid_json: 'reason.invalid_json',
  invalid_event: 'reason.invalid_event',
  invalid_row: 'reason.invalid_row',
  invalid_file: 'reason.invalid_file',
  too_large: 'reason.too_large',
  invalid_argument: 'reason.invalid_argument',
  'flag.bot': 'reason.bot',
  'fault.future': 'reason.future',
  'fault.before_start': 'reason.beforeStart',
  'fault.impossible_date': 'reason.impossibleDate',
};

export function reasonKey(code: string): MessageKey | undefined {
  const meaning = `said.${code}`;
  return reasons[code] ?? (code.startsWith('validate.') ? 'reason.notValid' : meaning in saidMessages ? (meaning as MessageKey) : undefined);
}
