import { describe, expect, it } from 'vitest';

import { addressOf, readError } from '../api/client';
import { makeFormat } from '../i18n/format';
import { makeTranslate } from '../i18n/Locale';
import { plainDuration } from './duration';
import { plainFeature, plainWindow, type FeatureShape } from './feature';
import { shareInterval } from './interval';
import { inputName } from './model_input';
import { alarmIn, personName } from './names';
import { compareCells, matchesFilter, toCsv, widthOf } from './rows';
import { placeOn, scaleOver } from './scale';
import { palettes } from './theme';

const en = makeTranslate('en', makeFormat({ language: 'en', timezone: 'UTC', currency: 'CNY' }));
const zh = makeTranslate('zh', makeFormat({ language: 'zh', timezone: 'UTC', currency: 'CNY' }));

describe('plain feature names', () => {
  const orders: FeatureShape = {
    name: 'orders_30d', event: ['Order Completed'], aggregate: 'count', window: '30d', description: null, descriptionZh: null,
  };
  it('are made from the definition', () => {
    expect(plainFeature(orders, en, 'en')).toBe('Number of “Order Completed”, last 30 days');
    expect(plainFeature({ ...orders, aggregate: 'sum(price * n)' }, en, 'en')).toBe('Sum of price * n over “Order Completed”, last 30 days');
    expect(plainFeature({ ...orders, event: [], window: 'lifetime' }, zh, 'zh')).toBe('至今，“任意事件” 的次数');
    expect(plainFeature({ ...orders, aggregate: 'recency_days' }, en, 'en')).toBe('Days since the last “Order Completed”');
  });
  it('give way to a declared description in the same language', () => {
    expect(plainFeature({ ...orders, descriptionZh: '订单数' }, zh, 'zh')).toBe('订单数');
    expect(plainFeature({ ...orders, descriptionZh: '订单数' }, en, 'en')).toMatch(/^Number/);
  });
  it('fall back to the name for an aggregate not known here', () => {
    expect(plainFeature({ ...orders, aggregate: 'median(price)' }, en, 'en')).toBe('orders_30d');
  });
  it('say windows and durations in words', () => {
    expect(plainWindow('1h', en)).toBe('1 hour');
    expect(plainWindow('2w', en)).toBe('2 weeks');
    expect(plainWindow('lifetime', en)).toBe('lifetime');
    expect(plainDuration(59_000, en)).toBe('59 seconds');
    expect(plainDuration(722_000, en)).toBe('12 minutes');
    expect(plainDuration(86_400_000 * 3, zh)).toBe('3 天');
  });
});

describe('what models say', () => {
  it('is named by what it is about', () => {
    const features = [{ name: 'orders', event: [], aggregate: 'count', window: '7d', description: 'Orders', descriptionZh: '订单' }];
    const names = (t: typeof en, language: 'en' | 'zh') => ['orders', 'action', 'discount', 'page'].map((one) => inputName(one, features, [{ attributes: { discount: 10 } }], t, language));
    expect(names(en, 'en')).toEqual(['Orders', 'The action', '“discount” of the action', '“page” of the visit']);
    expect(names(zh, 'zh')).toEqual(['订单', '动作', '动作的“discount”', '本次访问的“page”']);
    expect(inputName('orders', [], [], en, 'en')).toBe('orders');
  });
  it('of an alarm is in the reader’s language where it was said in it', () => {
    expect(alarmIn({ alarm: 'it moved', alarmZh: '变了' }, 'zh')).toBe('变了');
    expect(alarmIn({ alarm: 'it moved', alarmZh: '变了' }, 'en')).toBe('it moved');
    expect(alarmIn({ alarm: 'it moved', alarmZh: null }, 'zh')).toBe('it moved');
    expect(alarmIn({ alarm: null, alarmZh: null }, 'zh')).toBeNull();
  });
});

describe('what to call a person', () => {
  const identifiers = [{ value: 'u1' }];
  it('is the name, unless there is nothing to see in it', () => {
    expect(personName({ name: '王小明', identifiers }, 'Unnamed')).toBe('王小明');
    for (const name of [null, '', '   ', '\u00a0', '\u200b\u200d', '\u0000', '\u3164', '\u202e']) expect(personName({ name, identifiers }, 'Unnamed')).toBe('u1');
    expect(personName({ name: 'محمد \u202Eevil', identifiers }, 'Unnamed')).toBe('محمد evil');
    expect(personName({ name: ' ', identifiers: [{ value: ' ' }] }, 'Unnamed')).toBe('Unnamed');
  });
});

describe('table rows', () => {
  it('are as wide as their signs', () => {
    expect(widthOf('1,499 · 78.7%')).toBe(13);
    expect(widthOf('2,353 人 · 2.04 倍')).toBe(18);
  });
  it('sort numbers by size and put what is missing last', () => {
    expect([10, null, 9, 100].sort((a, b) => compareCells(a, b, 'en'))).toEqual([9, 10, 100, null]);
    expect(['b', '', 'a10', 'a9'].sort((a, b) => compareCells(a, b, 'en'))).toEqual(['a9', 'a10', 'b', '']);
  });
  it('match every word of a filter', () => {
    expect(matchesFilter(['Order Completed', 12], 'comp 12')).toBe(true);
    expect(matchesFilter(['Order Completed', 12], 'comp 13')).toBe(false);
  });
  it('export as CSV that spreadsheets read and cannot be made to run', () => {
    expect(toCsv(['a', 'b'], [['x,"y"', 1], ['=1+1', -5], [null, '行\n2']])).toBe(
      'a,b\r\n"x,""y""",1\r\n\'=1+1,-5\r\n,"行\n2"\r\n',
    );
    expect(toCsv(['phone'], [['+8613800000000'], ['-5'], ['+1+1'], ['-1-1'], ['@a'], ['+']])).toBe(
      "phone\r\n+8613800000000\r\n-5\r\n'+1+1\r\n'-1-1\r\n'@a\r\n'+\r\n",
    );
  });
});

describe('the share interval', () => {
  it('is Wilson’s (values of Newcombe 1998, table I)', () => {
    const { low, high } = shareInterval(81 / 263, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
    expect(shareInterval(0, 20).low).toBe(0);
    expect(shareInterval(0, 20).high).toBeCloseTo(0.1611, 4);
    expect(shareInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });
  it('covers about 95% of the time', () => {
    let seed = 20261122;
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    const truth = 0.12;
    let covered = 0;
    for (let run = 0; run < 4000; run++) {
      let hits = 0;
      for (let i = 0; i < 200; i++) hits += random() < truth ? 1 : 0;
      const { low, high } = shareInterval(hits / 200, 200);
      covered += low <= truth && truth <= high ? 1 : 0;
    }
    expect(covered / 4000).toBeGreaterThan(0.935);
    expect(covered / 4000).toBeLessThan(0.965);
  });
});

describe('the scale of a picture', () => {
  it('has round ticks, holds everything and always shows zero', () => {
    expect(scaleOver([0.7, 3.1]).ticks).toEqual([0, 1, 2, 3, 4]);
    const scale = scaleOver([-1.9, 3.1]);
    expect(scale.low).toBeLessThanOrEqual(-1.9);
    expect(scale.high).toBeGreaterThanOrEqual(3.1);
    expect(scale.ticks).toContain(0);
    expect(placeOn(scale, scale.low)).toBe(0);
    expect(scaleOver([]).ticks.length).toBeGreaterThan(1);
  });
});

describe('errors', () => {
  it('are read from the server’s form, and from anything else', async () => {
    const body = JSON.stringify({ error: { code: 'not_found', message: 'no profile p9', field: '', docs: '' } });
    const error = await readError(new Response(body, { status: 404 }));
    expect([error.code, error.status]).toEqual(['not_found', 404]);
    expect((await readError(new Response('<html>', { status: 502, statusText: 'Bad Gateway' }))).code).toBe('http_502');
  });
  it('addresses leave out what is not asked for', () => {
    expect(addressOf('/v1/decisions', { placement: 'home & garden', policy: '', before: undefined, limit: 5 })).toBe(
      '/v1/decisions?placement=home+%26+garden&limit=5',
    );
  });
});

describe('the palettes', () => {
  const channel = (hex: string, at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = (hex: string) => 0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5);
  const contrast = (a: string, b: string) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };
  it('keep WCAG AA contrast for every text on every ground', () => {
    for (const [name, palette] of Object.entries(palettes)) {
      for (const text of ['text', 'quiet', 'accent', 'up', 'down', 'warn', 'bad'] as const) {
        for (const ground of ['panel', 'ground', 'accentSoft'] as const) {
          expect(contrast(palette[text], palette[ground]), `${name}: ${text} on ${ground}`).toBeGreaterThan(4.5);
        }
      }
      for (const ground of ['warnSoft', 'badSoft'] as const) {
        expect(contrast(palette.text, palette[ground]), `${name}: text on ${ground}`).toBeGreaterThan(7);
        expect(contrast(palette[ground], palette.panel), `${name}: ${ground} is a tint`).toBeLessThan(1.5);
      }
    }
  });
});
