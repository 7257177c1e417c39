import { describe, expect, it } from 'vitest';

import { draftYaml, fileNameOf, literalFrom, parseRule, ruleText, sayable, type Rule } from './rule';

const rules: Rule[] = [
  { join: 'and', conditions: [{ name: 'orders_90d', operator: '>=', values: [3] }] },
  {
    join: 'or',
    conditions: [
      { name: 'traits.country', operator: 'in', values: ['CN', 'say "hi" \\ bye', '上海'] },
      { name: 'traits.vip', operator: '==', values: [true] },
      { name: 'spend_90d', operator: '<', values: [-1.5] },
    ],
  },
  {
    join: 'and',
    conditions: [
      { name: 'days_since_order', operator: 'known', values: [] },
      { name: 'traits.城市', operator: 'unknown', values: [] },
      { name: 'traits.age', operator: '!=', values: [30] },
    ],
  },
];

describe('a rule', () => {
  it('becomes a text that becomes the rule again', () => {
    for (const rule of rules) expect(parseRule(ruleText(rule))).toEqual(rule);
  });
  it('reads as people would write it', () => {
    expect(ruleText(rules[2]!)).toBe('days_since_order != null and traits.城市 == null and traits.age != 30');
  });
  it('leaves out what is not filled in yet', () => {
    expect(ruleText({ join: 'and', conditions: [{ name: '', operator: '>=', values: [1] }, { name: 'a', operator: '==', values: [''] }] })).toBe('');
    expect(ruleText({ join: 'and', conditions: [{ name: 'a', operator: '>', values: [NaN] }] })).toBe('');
  });
  it('stays text when it is more than a list of conditions', () => {
    for (const text of ['a > 1 and b > 2 or c > 3', '(a > 1)', 'not a', 'a + 1 > 2', 'a > b', 'a >', 'a in ()', 'a > null', 'a # 1', 'and > 1', 'a 5']) {
      expect(parseRule(text), text).toBeNull();
    }
    expect(parseRule('  ')).toEqual({ join: 'and', conditions: [] });
    expect(parseRule("traits.a == 'x'")?.conditions[0]?.values).toEqual(['x']);
  });
});

describe('what is typed', () => {
  it('is the kind of value it looks like', () => {
    expect(literalFrom(' 12.5 ')).toBe(12.5);
    expect(literalFrom('true')).toBe(true);
    expect(literalFrom('CN')).toBe('CN');
    expect(literalFrom('')).toBe('');
  });
  it('may name what the language can say', () => {
    expect(sayable('traits.address.city')).toBe(true);
    expect(sayable('城市')).toBe(true);
    expect(sayable('first name')).toBe(false);
    expect(sayable('a-b')).toBe(false);
  });
});

describe('a draft', () => {
  it('is YAML that keeps quotes and breaks no line', () => {
    expect(draftYaml({ name: 'vips', rule: 'traits.level == "gold"', description: 'a: b # c', owner: '' })).toBe(
      "segments:\n  - name: 'vips'\n    where: 'traits.level == \"gold\"'\n    description: 'a: b # c'\n",
    );
    expect(draftYaml({ name: "Ann's", rule: 'a > 1', description: '', owner: 'a\nb' })).toBe(
      'segments:\n  - name: "Ann\'s"\n    where: \'a > 1\'\n    owner: "a\\nb"\n',
    );
  });
  it('has a file of its name', () => {
    expect(fileNameOf('Big Spenders!')).toBe('segments/big_spenders.yaml');
    expect(fileNameOf('高消费')).toBe('segments/高消费.yaml');
    expect(fileNameOf('  ')).toBe('segments/segment.yaml');
  });
});
