// What a table does with its rows, apart from how it looks: order, filter, and the CSV it exports (RFC 4180).

export type Cell = string | number | boolean | null | undefined;

// Numbers by size, texts by the reader's alphabet, what is missing last whichever way the order runs.
export function compareCells(a: Cell, b: Cell, locale: string): number {
  const missingA = a === null || a === undefined || a === '';
  const missingB = b === null || b === undefined || b === '';
  if (missingA || missingB) return Number(missingA) - Number(missingB);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), locale, { numeric: true });
}

export function matchesFilter(cells: Cell[], filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = cells.map((cell) => String(cell ?? '').toLowerCase()).join(' ');
  return words.every((word) => text.includes(word));
}

// A text that opens with a formula sign would run in a spreadsheet; a quote before it keeps it a text. A telephone with its
// country's code is no formula.
function csvCell(cell: Cell): string {
  let text = cell === null || cell === undefined ? '' : String(cell);
  if (typeof cell === 'string' && /^[=+\-@\t\r]/.test(text) && !/^[+-]\d+$/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(header: string[], rows: Cell[][]): string {
  return [header, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

// With a byte order mark, so that spreadsheets read Chinese as UTF-8.
export function downloadCsv(name: string, header: string[], rows: Cell[][]): void {
  const address = URL.createObjectURL(new Blob(['\ufeff', toCsv(header, rows)], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(address);
}

// How wide a text stands beside figures, in widths of a digit: Chinese characters and full-width marks take two.
export function widthOf(text: string): number {
  return [...text].reduce((width, sign) => width + (sign >= '\u2e80' ? 2 : 1), 0);
}
