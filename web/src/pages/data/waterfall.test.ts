import { expect, it } from 'vitest';

import { waterfallOf } from './waterfall';

it('adds the pieces up, each from where the one before ended', () => {
  const { steps, low, high } = waterfallOf([
    { comparison: 'prior', level: '', bits: -12 },
    { comparison: 'name', level: 'equal', bits: 9 },
    { comparison: 'phone', level: 'differs', bits: -1 },
    { comparison: 'birthday', level: 'equal', bits: 8 },
  ]);
  expect(steps.map((step) => [step.from, step.to])).toEqual([[0, -12], [-12, -3], [-3, -4], [-4, 4]]);
  expect([low, high]).toEqual([-12, 4]);
});
