import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { alarmOf, happenedKey } from './history';

test('everything that the registry writes down has words', () => {
  const registry = readFileSync(new URL('../../../../src/learn/registry.cc', import.meta.url), 'utf8');
  const written = [...registry.matchAll(/\bnote\((?:name), "(\w+)"/g)].map((match) => match[1]!);
  expect(written.length).toBeGreaterThan(7);
  for (const action of written) expect(happenedKey(action), action).toBeDefined();
  expect(happenedKey('something else')).toBeUndefined();
});

test('an alarm counts until its version begins to decide anew', () => {
  const alarm = { action: 'alarm', version: 'v0001', note: 'it moved' };
  const promoted = { action: 'promoted', version: 'v0001', note: null };
  expect(alarmOf([{ action: 'trained', version: 'v0002', note: null }, alarm, promoted], 'v0001')).toBe('it moved');
  expect(alarmOf([promoted, alarm], 'v0001')).toBeUndefined();
  expect(alarmOf([alarm, promoted], 'v0002')).toBeUndefined();
});
