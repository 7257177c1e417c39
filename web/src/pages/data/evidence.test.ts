import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { makeFormat } from '../../i18n/format';
import { makeTranslate } from '../../i18n/Locale';
import { evidenceInWords } from './evidence';

const zh = makeTranslate('zh', makeFormat({ language: 'zh', timezone: 'UTC', currency: 'CNY' }));
const source = (file: string) => readFileSync(new URL(`../../../../src/identity/${file}`, import.meta.url), 'utf8');

test('every level of likeness, and what stands beside them, has words', () => {
  const lists = [...source('linkage_compare.cc').matchAll(/levels = \{([^}]*)\}/g)].map((match) => match[1]!);
  const model = source('linkage_model.cc');
  const beside = [...model.matchAll(/\{"prior", within \? ("[^"]+") : ("[^"]+"),|\{("counted once"), ("[^"]+"),|\{("kin"), ("[^"]+"),/g)].flatMap((match) => match.slice(1).filter(Boolean));
  const said = [...lists, ...beside, '"prior"'].flatMap((list) => [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]!));
  expect(lists.length).toBeGreaterThan(5);
  expect(beside).toHaveLength(6);
  for (const one of said) expect(evidenceInWords(one, zh), one).toMatch(/[\u4e00-\u9fff]/);
  expect(evidenceInWords('gold and silver', zh)).toBe('gold and silver');
  expect(evidenceInWords('70 % alike', zh)).toBe('70% 相似');
});
