import { describe, expect, it } from 'vitest';

import { careful, intakeOf, reasonKey } from './intake';

describe('the intake', () => {
  it('never rounds a refusal away', () => {
    expect(intakeOf([{ events: 90, quarantined: 10 }]).share).toBe(0.9);
    expect(intakeOf([]).share).toBeNull();
    expect(careful(0.99999, 1)).toBe(0.999);
    expect(careful(1, 0)).toBe(1);
  });
  it('names the reasons it knows', () => {
    expect(reasonKey('invalid_row')).toBe('reason.invalid_row');
    expect(reasonKey('something_new')).toBeUndefined();
  });
});
