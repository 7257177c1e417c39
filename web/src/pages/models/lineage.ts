// What a version was trained on, as rows of a name and a value: nested parts opened, what is empty left out, long lists counted.
export type LineageRow = [name: string, value: string | number | boolean];

export function lineageRows(lineage: Record<string, unknown>): LineageRow[] {
  return Object.entries(lineage).flatMap(([name, value]): LineageRow[] => {
    if (value === null || value === '' || value === undefined) return [];
    if (Array.isArray(value)) {
      // Of things with parts the number: what they hold stands elsewhere on the page, and is no row.
      if (value.some((part) => typeof part === 'object' && part !== null)) return [[name, value.length]];
      return value.length ? [[name, value.map(String).join(', ')]] : [];
    }
    if (typeof value === 'object') {
      if (name === 'features') return [[name, Object.keys(value).length]];
      return lineageRows(value as Record<string, unknown>);
    }
    return [[name, value as string | number | boolean]];
  });
}

export interface Told {
  rows: number;
  positives: number;
  from: string;
  to: string;
  judgedFrom: string;
  label: string;
  within: string;
  absent: boolean; // what counts is that the label's event did not follow
}

// What a sentence can say of a version that was trained on a workspace's log; nothing for one trained on a file.
export function toldOf(lineage: Record<string, unknown>): Told | null {
  const of = lineage.workspace as Record<string, unknown> | undefined;
  if (!of || typeof of.rows !== 'number' || typeof of.positives !== 'number' || typeof of.from !== 'string' || typeof of.to !== 'string') return null;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return { rows: of.rows, positives: of.positives, from: of.from, to: of.to, judgedFrom: text(of.holdout_from), label: text(of.label), within: text(of.within), absent: of.absent === true };
}
