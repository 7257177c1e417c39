// Axes for pictures drawn by hand: a range that holds what is shown, and round numbers along it.

export interface Scale {
  low: number;
  high: number;
  ticks: number[];
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

// A scale over all `values`, with about `count` round ticks; zero is always on it.
export function scaleOver(values: number[], count = 5): Scale {
  const finite = values.filter(Number.isFinite);
  let low = Math.min(0, ...finite);
  let high = Math.max(0, ...finite);
  if (low === high) high = 1;
  const step = roundStep((high - low) / count);
  low = Math.floor(low / step + 1e-9) * step;
  high = Math.ceil(high / step - 1e-9) * step;
  const ticks: number[] = [];
  for (let i = Math.round(low / step); i <= Math.round(high / step); i++) ticks.push(i * step);
  return { low, high, ticks };
}

// Where a value lies on the scale, 0..1.
export function placeOn(scale: Scale, value: number): number {
  return Math.min(1, Math.max(0, (value - scale.low) / (scale.high - scale.low)));
}
