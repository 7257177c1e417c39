import { describe, expect, it } from 'vitest';

import { lineageRows } from './lineage';

describe('what a version was trained on', () => {
  it('opens nested parts, leaves out what is empty, and counts features instead of listing their hashes', () => {
    expect(
      lineageRows({ workspace: { label: 'Bought', features: { a: '1f', b: '2e' } }, data_file: '', dropped: [], left_out: ['x', 'y'], seed: 0 }),
    ).toEqual([['label', 'Bought'], ['features', 2], ['left_out', 'x, y'], ['seed', 0]]);
  });
});
