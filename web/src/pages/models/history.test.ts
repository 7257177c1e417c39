import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { actorKey, happenedKey } from './history';

test('everything that the registry writes down has words', () => {
  const registry = readFileSync(new URL('../../../../src/learn/registry.cc', import.meta.url), 'utf8');
  const written = [...registry.matchAll(/\bnote\((?:name), "(\w+)"/g)].map((match) => match[1]!);
  expect(written.length).toBeGreaterThan(7);
  for (const action of written) expect(happenedKey(action), action).toBeDefined();
  expect(happenedKey('something else')).toBeUndefined();
});

test('whoever Furrow names by itself has words, and a person keeps their name', () => {
  for (const actor of ['watch', 'retraining', 'command line', 'api key']) expect(actorKey(actor), actor).toBeDefined();
  expect(actorKey('lin')).toBeUndefined();
});
