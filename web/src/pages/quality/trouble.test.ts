import { describe, expect, it } from 'vitest';

import type { QualitySource } from '../../api/types';
import { shadeOf, troubleOf } from './trouble';

const source = (name: string, days: QualitySource['days']) => ({ source: name, days }) as QualitySource;

describe('trouble by source and day', () => {
  it('gives every source the same last days', () => {
    const picture = troubleOf([
      source('crm', [{ day: '2026-03-01', events: 90, quarantined: 10, faultyTimes: 5 }]),
      source('web', [{ day: '2026-03-03', events: 50, quarantined: 0, faultyTimes: 0 }]),
    ], 3);
    expect(picture.days).toEqual(['2026-03-01', '2026-03-02', '2026-03-03']);
    expect(picture.rows[0]?.cells.map((cell) => cell.came)).toEqual([100, 0, 0]);
    expect(picture.rows[0]?.cells[0]).toMatchObject({ trouble: 15, share: 0.15 });
    expect(picture.rows[1]?.cells.map(shadeOf)).toEqual([0, 0, 1]);
  });
  it('shows a little trouble, and says nothing where nothing came', () => {
    const cell = (came: number, trouble: number) => ({ day: '', came, trouble, share: came ? trouble / came : 0 });
    expect([cell(0, 0), cell(9, 0), cell(1000, 1), cell(100, 5), cell(10, 3), cell(10, 9)].map(shadeOf)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(troubleOf([]).rows).toEqual([]);
  });
});
