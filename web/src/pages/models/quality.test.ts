import { describe, expect, it } from 'vitest';

import { calibrationPoints, measureOf, tellingPoint, withoutModel } from './quality';

describe('a model’s quality', () => {
  it('stands against having no model', () => {
    const metrics = { auc: 0.8, auc_low: 0.78, auc_high: 0.82, rows: 1000, positives: 100 };
    expect(measureOf(metrics, 'auc')).toEqual({ value: 0.8, low: 0.78, high: 0.82 });
    expect(measureOf(metrics, 'brier')).toBeNull();
    expect(withoutModel(metrics, 'pr_auc')).toBe(0.1);
    expect(withoutModel(metrics, 'brier')).toBeCloseTo(0.09);
    expect(withoutModel(metrics, 'log_loss')).toBeCloseTo(0.3251, 4);
    expect(withoutModel({}, 'pr_auc')).toBeNull();
  });
  it('speaks of the highest group that has enough rows', () => {
    const points = calibrationPoints([
      { bin: 0, predicted: 0.1, actual: 0.11, n: 100 },
      { bin: 1, predicted: 0.4, actual: 0.42, n: 60 },
      { bin: 2, predicted: 0.8, actual: 1, n: 3 },
      { bin: 3, predicted: 0, actual: 0, n: 0 },
    ]);
    expect(points).toHaveLength(3);
    expect(tellingPoint(points)?.predicted).toBe(0.4);
    expect(points[1]!.low).toBeLessThan(0.42);
  });
});
