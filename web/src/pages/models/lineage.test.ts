import { describe, expect, it } from 'vitest';

import { lineageRows, toldOf } from './lineage';

describe('what a version was trained on', () => {
  it('opens nested parts, leaves out what is empty, and counts features instead of listing their hashes', () => {
    expect(
      lineageRows({ workspace: { label: 'Bought', features: { a: '1f', b: '2e' } }, data_file: '', dropped: [], left_out: ['x', 'y'], seed: 0 }),
    ).toEqual([['label', 'Bought'], ['features', 2], ['left_out', 'x, y'], ['seed', 0]]);
  });
  it('counts a list of things with parts', () => {
    expect(lineageRows({ categories: [{ column: 'city', values: 3 }, { column: 'kind', values: 2 }], dropped: ['x'] })).toEqual([['categories', 2], ['dropped', 'x']]);
  });
  it('tells of a workspace, and not of a file', () => {
    const workspace = { rows: 10, positives: 3, from: '2026-07-25T16:19:16.048Z', to: '2026-11-16T15:56:52.723Z', label: 'Order Completed', within: '7d' };
    expect(toldOf({ workspace })).toEqual({ ...workspace, judgedFrom: '', absent: false });
    expect(toldOf({ workspace: { ...workspace, absent: true } })?.absent).toBe(true);
    expect(toldOf({ data_file: 'bank.csv', rows: 10 })).toBeNull();
  });
});
