// What the comparison with the hold-out says, in one sentence. The interval shown is the anytime-valid one: the page is
// live, people look at it often, and a fixed interval would promise too much.
import type { Lift, PlacementResult } from '../../api/types';
import type { Format } from '../../i18n/format';
import type { Translate } from '../../i18n/Locale';

export type Verdict = 'early' | 'better' | 'worse' | 'open';

// Metrics that open with "value" are money a decision; all others are a share.
export function isValueMetric(metric: string): boolean {
  return /^value(_|\b)/.test(metric);
}

export interface Estimate {
  diff: number;
  low: number;
  high: number;
}

// The difference and its anytime-valid interval, in the unit that is shown: per 100 decisions, or money a decision.
export function estimateOf(result: PlacementResult): Estimate | null {
  const { diff, anytimeLow, anytimeHigh } = result.lift;
  if (diff === null || anytimeLow === null || anytimeHigh === null) return null;
  const unit = isValueMetric(result.metric) ? 1 : 100;
  return { diff: diff * unit, low: anytimeLow * unit, high: anytimeHigh * unit };
}

// The server judges by the anytime-valid interval.
export function verdictOf(lift: Lift): Verdict {
  switch (lift.verdict) {
    case 'too_early':
      return 'early';
    case 'no_difference_yet':
      return 'open';
    default:
      return lift.verdict;
  }
}

// The placement that the headline speaks of: where most was decided.
export function headliner(results: PlacementResult[]): PlacementResult | undefined {
  const decided = (result: PlacementResult) => result.ai.decisions + result.holdout.decisions;
  return results.reduce<PlacementResult | undefined>(
    (most, result) => (decided(result) > (most ? decided(most) : 0) ? result : most),
    undefined,
  );
}

// Two digits where the figures are small, or where one digit would round an end to 0 that is not 0.
function digitsOf(estimate: Estimate): number {
  const ends = [Math.abs(estimate.low), Math.abs(estimate.high)];
  return Math.max(...ends) < 1 || Math.min(...ends) < 0.05 ? 2 : 1;
}

// How the figures of an estimate are written, signed.
export function amountOf(estimate: Estimate, value: boolean, format: Format): (amount: number) => string {
  return value ? format.signedMoney : format.fixed(digitsOf(estimate), true);
}

export function liftSentence(result: PlacementResult, event: string, t: Translate, format: Format): string {
  const verdict = verdictOf(result.lift);
  const estimate = estimateOf(result);
  if (verdict === 'early' || !estimate) {
    return t('overview.early', { ai: result.ai.people, holdout: result.holdout.people });
  }
  const value = isValueMetric(result.metric);
  const amount = amountOf(estimate, value, format);
  const size = value ? format.money : format.fixed(digitsOf(estimate), false);
  // "fewer" already says the sign, so the size goes without it; an open result needs it.
  const values = {
    event,
    diff: verdict === 'open' ? amount(estimate.diff) : size(Math.abs(estimate.diff)),
    low: amount(estimate.low),
    high: amount(estimate.high),
  };
  const key = `overview.${verdict}${value ? 'Value' : ''}` as const;
  return t(key, values);
}
