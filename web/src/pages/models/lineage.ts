// What a version was trained on, as rows of a name and a value: nested parts opened, what is empty left out, long lists counted.
export type LineageRow = [name: string, value: string | number | boolean];

export function lineageRows(lineage: Record<string, unknown>): LineageRow[] {
  return Object.entries(lineage).flatMap(([name, value]): LineageRow[] => {
    if (value === null || value === '' || value === undefined) return [];
    if (Array.isArray(value)) return value.length ? [[name, value.map(String).join(', ')]] : [];
    if (typeof value === 'object') {
      if (name === 'features') return [[name, Object.keys(value).length]];
      return lineageRows(value as Record<string, unknown>);
    }
    return [[name, value as string | number | boolean]];
  });
}
