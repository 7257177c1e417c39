// Pieces of evidence as steps, each from where the one before ended.
export interface Step {
  name: string;
  level: string;
  bits: number;
  from: number;
  to: number;
}

export function waterfallOf(evidence: { comparison: string; level: string; bits: number }[]): { steps: Step[]; low: number; high: number } {
  let at = 0;
  const steps = evidence.map((piece) => {
    const from = at;
    at += piece.bits;
    return { name: piece.comparison, level: piece.level, bits: piece.bits, from, to: at };
  });
  const ends = [0, ...steps.map((step) => step.to)];
  return { steps, low: Math.min(...ends), high: Math.max(...ends) };
}
