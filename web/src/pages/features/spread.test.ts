import { describe, expect, it } from 'vitest';

import type { FeatureSpread, ValueSpread } from '../../api/types';
import { barsOf, filledShare, tellableWeeks } from './spread';

const spread = (people: number, missing = 0, outOfReach = 0, p50: number | null = 1): ValueSpread => ({
  people, missing, outOfReach, mean: p50, least: p50, p10: p50, p25: p50, p50, p75: p50, p90: p50, most: p50,
});

describe('the bars of a spread', () => {
  const feature: FeatureSpread = {
    name: 'f',
    now: spread(100, 20),
    bins: [{ from: 0, to: 0, people: 50 }, { from: 1, to: 5, people: 30 }],
    levels: [],
    otherLevels: 0,
    weeks: [],
  };
  it('count everybody once, those without a value last', () => {
    const bars = barsOf(feature);
    expect(bars.map((bar) => bar.kind)).toEqual(['value', 'range', 'missing']);
    expect(bars.reduce((sum, bar) => sum + bar.share, 0)).toBeCloseTo(1);
  });
  it('show texts, and all rarer ones as one', () => {
    const bars = barsOf({ ...feature, bins: [], levels: [{ value: 'CN', people: 60 }], otherLevels: 20 });
    expect(bars.map((bar) => [bar.kind, bar.people])).toEqual([['text', 60], ['others', 20], ['missing', 20]]);
  });
  it('say nothing of nobody', () => {
    expect(filledShare(spread(0))).toBeNull();
    expect(filledShare(spread(10, 5))).toBe(0.5);
  });
});

describe('the weeks that can be told', () => {
  const instants = ['a', 'b', 'c', 'd'];
  it('are all, when every profile reaches back', () => {
    const { told, cut } = tellableWeeks(instants, [spread(5), spread(6), spread(7), spread(8)]);
    expect(told.map((week) => week.time)).toEqual(instants);
    expect(cut).toBe(false);
  });
  it('end where more than one in a hundred cannot be told', () => {
    const { told, cut } = tellableWeeks(instants, [spread(500), spread(90, 0, 10), spread(995, 0, 5), spread(1000)]);
    expect(told.map((week) => week.time)).toEqual(['c', 'd']);
    expect(cut).toBe(true);
  });
  it('leave out weeks before anybody was known, which is no loss', () => {
    const { told, cut } = tellableWeeks(instants, [spread(0), spread(0), spread(3), spread(4)]);
    expect(told.map((week) => week.time)).toEqual(['c', 'd']);
    expect(cut).toBe(false);
  });
  it('are none while nobody has a number', () => {
    expect(tellableWeeks(['a'], [spread(5, 5, 0, null)]).told).toEqual([]);
  });
});
