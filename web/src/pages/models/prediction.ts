// What a model predicts, as the workspace declares it ("Order Completed within 7d"), in words.
import type { Translate } from '../../i18n/Locale';
import { plainDuration } from '../../ui/duration';

const kUnitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

export function predictionInWords(label: string, t: Translate): string {
  const said = /^(.+) within (\d+)([mhdw])$/.exec(label);
  if (!said) return label;
  return t('models.within', { event: said[1]!, length: plainDuration(Number(said[2]) * kUnitMs[said[3]!]!, t) });
}
