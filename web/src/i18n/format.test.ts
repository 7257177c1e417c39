import { describe, expect, it } from 'vitest';

import { makeFormat } from './format';

const en = makeFormat({ language: 'en', timezone: 'Asia/Shanghai', currency: 'CNY' });
const zh = makeFormat({ language: 'zh', timezone: 'Asia/Shanghai', currency: 'CNY' });

describe('format', () => {
  it('writes a missing figure as a dash, never as 0 or NaN', () => {
    for (const write of [en.integer, en.percent, en.signedPercent, en.milliseconds, en.significant, en.money]) {
      expect(write(null)).toBe('–');
      expect(write(undefined)).toBe('–');
      expect(write(NaN)).toBe('–');
    }
    expect(en.dateTime('not a time')).toBe('–');
  });

  it('gives each figure of an estimate the same digits, with a true minus', () => {
    expect([2, 0.72, -1.26].map(en.fixed(1, true))).toEqual(['+2.0', '+0.7', '−1.3']);
    expect(en.fixed(1, true)(0)).toBe('0.0');
    expect(en.signedPercent(-0.0312)).toBe('−3.1%');
  });

  it('shows times in the workspace’s timezone', () => {
    expect(en.time('2026-01-31T20:05:09Z')).toBe('04:05:09');
    expect(zh.date('2026-01-31T20:05:09Z')).toBe('2026年2月1日');
    expect(en.date('2026-01-31T20:05:09Z')).toBe('1 Feb 2026');
  });

  it('says how long ago in the unit that fits', () => {
    const now = Date.parse('2026-01-31T12:00:00Z');
    expect(en.ago('2026-01-31T11:59:30Z', now)).toBe('30 seconds ago');
    expect(en.ago('2026-01-31T09:00:00Z', now)).toBe('3 hours ago');
    expect(zh.ago('2026-01-30T12:00:00Z', now)).toBe('昨天');
  });

  it('writes money in the workspace’s currency', () => {
    expect(en.money(1234.5)).toBe('CN¥1,234.50');
    expect(zh.money(1234.5)).toBe('¥1,234.50');
    expect(zh.signedMoney(-2)).toBe('−¥2.00');
    expect([-500, 0.25, 1500, 15000].map(zh.moneyTick)).toEqual(['−¥500', '+¥0.25', '+¥1500', '+¥1.5万']);
    // Older Unicode data writes K.
    expect([-500, 0.25, 1500, 15000].map((amount) => en.moneyTick(amount).toLowerCase())).toEqual(['−¥500', '+¥0.25', '+¥1.5k', '+¥15k']);
  });
});
