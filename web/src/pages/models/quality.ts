// What a model's measures say, against having no model at all.
import type { Metrics, Model } from '../../api/types';
import { shareInterval } from '../../ui/interval';

export interface Measure {
  value: number;
  low: number | null; // 95 %
  high: number | null;
}

// A measure with its interval, when the model kept one as NAME_low and NAME_high.
export function measureOf(metrics: Metrics, name: string): Measure | null {
  const value = metrics[name];
  if (value === undefined || !Number.isFinite(value)) return null;
  return { value, low: metrics[`${name}_low`] ?? null, high: metrics[`${name}_high`] ?? null };
}

// What the same measure would be without a model: always saying the base rate. Null when that depends on what is unknown.
export function withoutModel(metrics: Metrics, name: string): number | null {
  const { rows, positives } = metrics;
  const base = rows !== undefined && positives !== undefined && rows > 0 ? positives / rows : null;
  switch (name) {
    case 'auc':
      return 0.5;
    case 'lift_at_10pct':
      return 1;
    case 'pr_auc':
      return base;
    case 'brier':
      return base === null ? null : base * (1 - base);
    case 'log_loss':
      return base === null || base <= 0 || base >= 1 ? null : -(base * Math.log(base) + (1 - base) * Math.log(1 - base));
    default:
      return null;
  }
}

export interface CalibrationPoint {
  predicted: number;
  actual: number;
  low: number;
  high: number;
  n: number;
}

export function calibrationPoints(bins: Model['calibration']): CalibrationPoint[] {
  return bins
    .filter((bin) => bin.n > 0)
    .map((bin) => ({ predicted: bin.predicted, actual: bin.actual, n: bin.n, ...shareInterval(bin.actual, bin.n) }));
}

// The group to speak of: the highest scores that have enough rows to say something about.
export function tellingPoint(points: CalibrationPoint[], least = 30): CalibrationPoint | undefined {
  return [...points].filter((point) => point.n >= least).sort((a, b) => b.predicted - a.predicted)[0];
}
