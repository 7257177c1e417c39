import { describe, expect, it } from 'vitest';

import { axisParts, markOf, middleOf, steadiness } from './marks';

describe('a group on the map', () => {
  it('differs from its neighbours by colour and by shape, in both themes', () => {
    for (const theme of ['light', 'dark'] as const) {
      const marks = Array.from({ length: 24 }, (_, at) => markOf(at + 1, theme));
      expect(new Set(marks.map((mark) => `${mark.colour} ${mark.shape}`)).size).toBe(24);
      for (let at = 1; at < marks.length; at++) {
        expect(marks[at]!.colour).not.toBe(marks[at - 1]!.colour);
        expect(marks[at]!.shape).not.toBe(marks[at - 1]!.shape);
      }
    }
  });
  it('is named where most of its people are', () => {
    expect(middleOf([[0, 0, 1], [1, 5, 1], [100, 9, 1], [7, 7, 2]], 1)).toEqual([1, 5]);
    expect(middleOf([[0, 0, 1]], 3)).toBeNull();
  });
  it('is steady, fair or loose', () => {
    expect([0.9, 0.75, 0.6, 0.5, 0.2].map(steadiness)).toEqual(['steady', 'steady', 'fair', 'fair', 'loose']);
  });
});

describe('an axis', () => {
  it('says what grows and what shrinks along it', () => {
    expect(axisParts('+visits_30d, −days_since_visit, segment')).toEqual([
      { feature: 'visits_30d', more: true },
      { feature: 'days_since_visit', more: false },
      { feature: 'segment', more: true },
    ]);
    expect(axisParts('')).toEqual([]);
  });
});
