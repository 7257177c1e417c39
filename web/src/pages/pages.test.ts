import { describe, expect, it } from 'vitest';

import type { Decision, Placement } from '../api/types';
import { careful, intakeOf, reasonKey } from './data/intake';
import { flowOf } from './decisions/flow_rows';
import { calibrationPoints, measureOf, tellingPoint, withoutModel } from './models/quality';
import { lanesOf, spanOf, type Mark } from './people/lane_marks';

describe('a decision as a flow', () => {
  const action = (id: string) => ({ id, name: id, nameZh: null, attributes: {}, cost: 0 });
  const placement: Placement = {
    name: 'home', model: 'm', modelVersion: 'v1', baseline: 'a', outcome: { event: 'Order Completed', within: '1h', value: null },
    exploration: 0.1, holdout: 0.1, actions: ['a', 'b', 'c'].map(action), rules: [],
  };
  const decision: Decision = {
    id: 'd', profileId: 'p', time: '2026-01-01T00:00:00Z', placement: 'home', policy: 'model', model: 'm', modelVersion: 'm/v1',
    holdout: false, exploration: 0.1, context: {}, actions: [{ id: 'b', score: 0.2, propensity: 0.95, reasons: [] }],
    candidates: [{ id: 'a', score: 0.1 }, { id: 'b', score: 0.2 }, { id: 'gone', score: 0.15 }],
    rules: [{ rule: 'adults', effect: 'excluded', actions: ['c'] }, { rule: 'sale', effect: 'boosted', actions: ['a'] }],
    features: [], outcomes: [],
  };
  it('puts the choice first, then by score, what rules took out last', () => {
    expect(flowOf(decision, placement).map((row) => row.id)).toEqual(['b', 'gone', 'a', 'c']);
  });
  it('keeps what each step did', () => {
    const rows = new Map(flowOf(decision, placement).map((row) => [row.id, row]));
    expect(rows.get('b')).toMatchObject({ rank: 1, propensity: 0.95, score: 0.2 });
    expect(rows.get('c')).toMatchObject({ excludedBy: ['adults'], score: null, rank: null });
    expect(rows.get('a')).toMatchObject({ boostedBy: ['sale'], rank: null });
    expect(rows.get('gone')).toMatchObject({ declared: false });
  });
  it('stands without the placement', () => {
    expect(flowOf(decision, undefined).every((row) => row.declared)).toBe(true);
  });
});

describe('a person’s lanes', () => {
  const mark = (kind: string, time: number): Mark => ({ key: `${kind}${time}`, kind, time });
  it('give the most frequent kinds a lane each and the rest the last', () => {
    const marks = [mark('a', 1), mark('a', 2), mark('b', 3), mark('b', 4), mark('b', 5), mark('c', 6), mark('d', 7)];
    expect(lanesOf(marks, 3).map((lane) => [lane.kind, lane.marks.length])).toEqual([['b', 3], ['a', 2], [null, 2]]);
    expect(lanesOf(marks, 4).map((lane) => lane.kind)).toEqual(['b', 'a', 'c', 'd']);
  });
  it('span all marks, and an hour around a single one', () => {
    const { from, to } = spanOf([mark('a', 1000)]);
    expect(to - from).toBe(3_600_000);
    expect(spanOf([mark('a', 0), mark('a', 100)])).toEqual({ from: -2, to: 102 });
  });
});

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

describe('the intake', () => {
  it('never rounds a refusal away', () => {
    expect(intakeOf([{ events: 90, quarantined: 10 }]).share).toBe(0.9);
    expect(intakeOf([]).share).toBeNull();
    expect(careful(0.99999, 1)).toBe(0.999);
    expect(careful(1, 0)).toBe(1);
  });
  it('names the reasons it knows', () => {
    expect(reasonKey('invalid_row')).toBe('reason.invalid_row');
    expect(reasonKey('something_new')).toBeUndefined();
  });
});
