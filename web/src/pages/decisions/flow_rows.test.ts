import { describe, expect, it } from 'vitest';

import type { Decision, Placement } from '../../api/types';
import { flowOf } from './flow_rows';

describe('a decision as a flow', () => {
  const action = (id: string) => ({ id, name: id, nameZh: null, attributes: {}, cost: 0 });
  const placement: Placement = {
    name: 'home', description: null, descriptionZh: null, model: 'm', modelVersion: 'v1', baseline: 'a', outcome: { event: 'Order Completed', within: '1h', value: null },
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
