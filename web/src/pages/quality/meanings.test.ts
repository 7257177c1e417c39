import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { meaningKey } from './meanings';

describe('what a field holds', () => {
  it('has a plain name for every meaning that the server knows', () => {
    const told = readFileSync(new URL('../../../../src/govern/meaning.cc', import.meta.url), 'utf8');
    const meanings = [...told.matchAll(/\{Meaning::k\w+, "(\w+)"\}/g)].map((found) => found[1]!);
    expect(meanings.length).toBeGreaterThan(30);
    expect([...meanings, 'free_text'].filter((meaning) => !meaningKey(meaning))).toEqual([]);
    expect(meaningKey('something_new')).toBeUndefined();
  });
});
