// A colour and a shape for each group, so that colour is never the only sign; and what the map's axes say.
import type { ThemeName } from '../../ui/theme';

const colours: Record<ThemeName, string[]> = {
  light: ['#2b7a4b', '#b3480a', '#3565a8', '#8e4585', '#8a5a00', '#137a7f', '#b3261e', '#5c665f'],
  dark: ['#63bd88', '#f09a5b', '#82b1f5', '#d68fd6', '#e0b050', '#5cc8cc', '#f2847a', '#a0aaa3'],
};
export const shapes = ['circle', 'triangle', 'diamond', 'rect', 'pin', 'roundRect'] as const;
export type Shape = (typeof shapes)[number];

// By the group's number, which goes on from version to version: the same group always looks the same.
export function markOf(cluster: number, theme: ThemeName): { colour: string; shape: Shape } {
  const at = Math.max(0, cluster - 1);
  return { colour: colours[theme][at % colours[theme].length]!, shape: shapes[at % shapes.length]! };
}

export interface AxisPart {
  feature: string;
  more: boolean;
}

// "+visits_30d, −recency" → what grows along the axis, and what shrinks. A feature of two values has no direction.
export function axisParts(text: string): AxisPart[] {
  return text
    .split(', ')
    .filter(Boolean)
    .map((part) => ({ feature: part.replace(/^[+−-]/, ''), more: !/^[−-]/.test(part) }));
}

// Where a group's name stands: the middle of its points on each axis.
export function middleOf(points: number[][], cluster: number): [number, number] | null {
  const own = points.filter((point) => point[2] === cluster);
  if (own.length === 0) return null;
  const median = (axis: number) => own.map((point) => point[axis] ?? 0).sort((a, b) => a - b)[Math.floor(own.length / 2)]!;
  return [median(0), median(1)];
}

// How steady a group is over resamples, in a word (Hennig 2007).
export function steadiness(stability: number): 'steady' | 'fair' | 'loose' {
  return stability >= 0.75 ? 'steady' : stability >= 0.5 ? 'fair' : 'loose';
}
