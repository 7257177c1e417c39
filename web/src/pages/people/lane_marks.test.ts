import { describe, expect, it } from 'vitest';

import { lanesOf, spanOf, type Mark } from './lane_marks';

describe('a person’s lanes', () => {
  const mark = (kind: string, time: number): Mark => ({ key: `${kind}${time}`, kind, time });
  it('give the most frequent kinds a lane each and the rest the last', () => {
    const marks = [mark('a', 1), mark('a', 2), mark('b', 3), mark('b', 4), mark('b', 5), mark('c', 6), mark('d', 7)];
    expect(lanesOf(marks, 3).map((lane) => [lane.kind, lane.marks.length])).toEqual([['b', 3], ['a', 2], [null, 2]]);
    expect(lanesOf(marks, 4).map((lane) => lane.kind)).toEqual(['b', 'a', 'c', 'd']);
  });
  it('span all marks, and an hour around a single one', () => {
    const { from, to } = spanOf([mark('a', 1000)]);
    expect(to - from).toBe(3_600_000);
    expect(spanOf([mark('a', 0), mark('a', 100)])).toEqual({ from: -2, to: 102 });
  });
});
