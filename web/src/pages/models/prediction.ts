// What a model predicts, as the workspace declares it ("Order Completed within 7d", "without Order Completed for 60d"), in words.
import type { Translate } from '../../i18n/Locale';
import { plainDuration } from '../../ui/duration';

const kUnitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

export function predictionInWords(label: string, t: Translate): string {
  const within = /^(.+) within (\d+)([mhdw])$/.exec(label);
  const said = within ?? /^without (.+) for (\d+)([mhdw])$/.exec(label);
  if (!said) return label;
  return t(within ? 'models.within' : 'models.without', { event: said[1]!, length: plainDuration(Number(said[2]) * kUnitMs[said[3]!]!, t) });
}
