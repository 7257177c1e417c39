// A person's events as lanes of a picture: the most frequent kinds get one each, the rest share the last.

export interface Mark {
  key: string;
  time: number; // ms
  kind: string;
}

export interface Lane {
  kind: string | null; // null: all other kinds
  marks: Mark[];
}

export function lanesOf(marks: Mark[], most: number): Lane[] {
  const byKind = new Map<string, Mark[]>();
  for (const mark of marks) {
    const lane = byKind.get(mark.kind);
    if (lane) lane.push(mark);
    else byKind.set(mark.kind, [mark]);
  }
  const sorted = [...byKind.entries()].sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0]));
  const fits = sorted.length <= most ? sorted.length : most - 1;
  const lanes: Lane[] = sorted.slice(0, fits).map(([kind, of]) => ({ kind, marks: of }));
  const rest = sorted.slice(fits).flatMap(([, of]) => of);
  return rest.length ? [...lanes, { kind: null, marks: rest }] : lanes;
}

// From the first to the last mark, with room at both ends; a single moment gets an hour around it.
export function spanOf(marks: Mark[]): { from: number; to: number } {
  const times = marks.map((mark) => mark.time);
  const from = Math.min(...times);
  const to = Math.max(...times);
  const room = Math.max((to - from) * 0.02, to === from ? 1_800_000 : 0);
  return { from: from - room, to: to + room };
}
