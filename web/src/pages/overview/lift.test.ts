import { describe, expect, it } from 'vitest';

import type { Lift, PlacementResult } from '../../api/types';
import { makeFormat } from '../../i18n/format';
import { makeTranslate } from '../../i18n/Locale';
import { estimateOf, headliner, liftSentence, verdictOf } from './lift';

const none: Lift = {
  diff: null, relative: null, low: null, high: null, relativeLow: null, relativeHigh: null, p: null, anytimeLow: null,
  anytimeHigh: null, relativeAnytimeLow: null, relativeAnytimeHigh: null, enough: false, message: '', verdict: 'too_early',
  peopleNeeded: 0, srmAlarm: false,
};

function result(lift: Partial<Lift>, metric = 'conversions_per_decision'): PlacementResult {
  return {
    placement: 'home', model: 'buys_7d', modelVersion: 'v0001', metric,
    ai: { people: 900, decisions: 2000, outcomes: 200, rate: 0.1 },
    holdout: { people: 100, decisions: 220, outcomes: 18, rate: 0.08 },
    lift: { ...none, ...lift },
  };
}

const format = makeFormat({ language: 'en', timezone: 'UTC', currency: 'CNY' });
const t = makeTranslate('en', format);
const better = { diff: 0.02, anytimeLow: 0.007, anytimeHigh: 0.033, low: 0.012, high: 0.028, verdict: 'better' } as const;
const worse = { diff: -0.02, anytimeLow: -0.03, anytimeHigh: -0.01, verdict: 'worse' } as const;
const open = { ...better, anytimeLow: -0.012, verdict: 'no_difference_yet' } as const;

describe('the verdict', () => {
  it('is the server’s', () => {
    expect([better, open, worse, {}].map((lift) => verdictOf(result(lift).lift))).toEqual(['better', 'open', 'worse', 'early']);
  });
});

describe('the sentence', () => {
  const say = (of: PlacementResult) => liftSentence(of, '“Order Completed”', t, format);

  it('answers yes with the size and its interval per 100 decisions', () => {
    expect(say(result(better))).toBe(
      'Yes: the AI brings 2.0 more “Order Completed” per 100 decisions than no AI – 95% sure between +0.7 and +3.3.',
    );
  });

  it('answers no without hiding it, and does not negate twice', () => {
    const text = say(result(worse));
    expect(text).toMatch(/^No: the AI brings 2\.0 fewer/);
    expect(text).toContain('between −3.0 and −1.0');
  });

  it('does not claim what the interval does not', () => {
    expect(say(result(open))).toMatch(/^Not sure yet: .*\+2\.0.*between −1\.2 and \+3\.3/);
  });

  it('does not round an end of the interval to no difference', () => {
    expect(say(result({ ...better, anytimeLow: 0.0002 }))).toContain('between +0.02 and +3.30');
  });

  it('gives no figure before there is one', () => {
    expect(say(result({}))).toBe('Not enough data yet: 900 people with AI and 100 without.');
  });

  it('speaks of money when the metric is a value', () => {
    expect(say(result({ ...better, diff: 1.5, anytimeLow: 0.5, anytimeHigh: 2.5 }, 'value of Order Completed within 1h, per decision'))).toBe(
      'Yes: the AI earns CN¥1.50 more per decision than no AI – 95% sure between +CN¥0.50 and +CN¥2.50.',
    );
  });

  it('says the same in Chinese', () => {
    const zhFormat = makeFormat({ language: 'zh', timezone: 'UTC', currency: 'CNY' });
    expect(liftSentence(result(better), '“下单”', makeTranslate('zh', zhFormat), zhFormat)).toContain('+0.7 到 +3.3');
  });
});

describe('the headline', () => {
  it('speaks of the placement where most was decided', () => {
    const small = { ...result(better), placement: 'small', ai: { people: 1, decisions: 1, outcomes: 0, rate: 0 } };
    expect(headliner([small, result(better)])?.placement).toBe('home');
    expect(headliner([])).toBeUndefined();
  });
  it('has no estimate without an interval', () => {
    expect(estimateOf(result({ diff: 0.1 }))).toBeNull();
  });
});
