import { describe, expect, it } from 'vitest';

import { catalogue, type MessageKey } from './catalogue';
import { makeFormat } from './format';
import { makeTranslate } from './Locale';
import { fill } from './message';

const holes = (text: string) =>
  [...new Set([...text.matchAll(/\{(\w+)[|}]/g)].map((match) => match[1]))].sort();

describe('the catalogue', () => {
  it('says every message in every language', () => {
    for (const [key, message] of Object.entries(catalogue)) {
      if (key === 'ui.gap') continue;
      expect(message.en.trim(), key).not.toBe('');
      expect(message.zh.trim(), key).not.toBe('');
    }
  });

  it('fills the same values in every language', () => {
    for (const [key, message] of Object.entries(catalogue)) {
      expect(holes(message.zh), key).toEqual(holes(message.en));
    }
  });

  it('has Chinese texts in Chinese', () => {
    const same = ['ui.gap', 'ui.product', 'ui.language', 'metric.auc', 'metric.pr_auc'];
    for (const [key, message] of Object.entries(catalogue)) {
      if (!same.includes(key)) expect(message.zh, key).toMatch(/[\u4e00-\u9fff]|^[（{]/);
    }
  });
});

describe('fill', () => {
  it('puts values in and chooses the plural of the language', () => {
    const text = '{n} {n|person|people}';
    expect(fill(text, { n: '1' }, 'en-GB', { n: 1 })).toBe('1 person');
    expect(fill(text, { n: '1,200' }, 'en-GB', { n: 1200 })).toBe('1,200 people');
    expect(fill('{n|一|多}', { n: 1 }, 'zh-CN')).toBe('多');
  });

  it('leaves a hole visible rather than silently empty', () => {
    expect(fill('of {model}', {}, 'en-GB')).toBe('of {model}');
  });
});

describe('translate', () => {
  const format = makeFormat({ language: 'en', timezone: 'UTC', currency: 'CNY' });
  it('writes numbers as the reader does', () => {
    const t = makeTranslate('en', format);
    expect(t('people.sentence', { people: 1, events: 12345 })).toBe('1 person is known so far, from 12,345 events.');
  });
  it('knows only keys of the catalogue', () => {
    const t = makeTranslate('en', format);
    expect(() => t('no.such.key' as MessageKey)).toThrow();
  });
});
