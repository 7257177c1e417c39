// The picture's numbers: of each source and day, how much of what came was refused or had an impossible time.
import type { QualitySource } from '../../api/types';

export interface TroubleDay {
  day: string;
  came: number;
  trouble: number;
  share: number;
}

export const kDaysShown = 42;

// The last days of all sources, the same columns for each; days on which nothing came have `came` 0.
export function troubleOf(sources: QualitySource[], daysShown = kDaysShown): { days: string[]; rows: { source: string; cells: TroubleDay[] }[] } {
  const newest = sources.flatMap((source) => source.days.map((day) => day.day)).sort().at(-1);
  if (!newest) return { days: [], rows: [] };
  const end = Date.parse(`${newest}T00:00:00Z`);
  const days = Array.from({ length: daysShown }, (_, i) => new Date(end - (daysShown - 1 - i) * 86_400_000).toISOString().slice(0, 10));
  const rows = sources.map((source) => {
    const known = new Map(source.days.map((day) => [day.day, day]));
    return {
      source: source.source,
      cells: days.map((day) => {
        const found = known.get(day);
        const came = found ? found.events + found.quarantined : 0;
        const trouble = found ? found.quarantined + found.faultyTimes : 0;
        return { day, came, trouble, share: came === 0 ? 0 : Math.min(1, trouble / came) };
      }),
    };
  });
  return { days, rows };
}

// Of five shades; 0: nothing came. A little trouble shows at once, and half is as dark as all.
export function shadeOf(cell: TroubleDay): number {
  if (cell.came === 0) return 0;
  if (cell.share === 0) return 1;
  if (cell.share < 0.01) return 2;
  if (cell.share < 0.1) return 3;
  return cell.share < 0.5 ? 4 : 5;
}
