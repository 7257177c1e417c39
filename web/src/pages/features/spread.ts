// How a feature is spread, as pictures need it; and what may be said of the past.
import type { Feature, FeatureSpread, ValueSpread } from '../../api/types';

export interface SpreadBar {
  kind: 'value' | 'range' | 'text' | 'others' | 'missing';
  from: number;
  to: number;
  text: string;
  people: number;
  share: number;
}

// Bars over everybody whose value is known: numbers or texts in their order, those without a value last.
export function barsOf(spread: FeatureSpread): SpreadBar[] {
  const all = spread.now.people || 1;
  const bar = (kind: SpreadBar['kind'], people: number, from = 0, to = 0, text = ''): SpreadBar => ({
    kind, from, to, text, people, share: people / all,
  });
  const bars = spread.bins.map((bin) => bar(bin.from === bin.to ? 'value' : 'range', bin.people, bin.from, bin.to));
  bars.push(...spread.levels.map((level) => bar('text', level.people, 0, 0, level.value)));
  if (spread.otherLevels > 0) bars.push(bar('others', spread.otherLevels));
  if (spread.now.missing > 0) bars.push(bar('missing', spread.now.missing));
  return bars;
}

export function filledShare(spread: ValueSpread): number | null {
  return spread.people > 0 ? (spread.people - spread.missing) / spread.people : null;
}

// The single value that most people have, when values stand one by one.
export function commonest(bins: FeatureSpread['bins']): FeatureSpread['bins'][number] | null {
  const single = bins.filter((bin) => bin.from === bin.to);
  return single.reduce<FeatureSpread['bins'][number] | null>((best, bin) => (best && best.people >= bin.people ? best : bin), null);
}

export interface Week {
  time: string;
  spread: ValueSpread;
}

const kTolerated = 0.01;

// The weeks that can be told: a person whose past is not kept is no random one, so a week that lacks more than one in a
// hundred is left out, and with it all before it. `since` is the first week told when some are left out.
export function tellableWeeks(instants: string[], weeks: ValueSpread[]): { told: Week[]; cut: boolean } {
  const all = weeks.map((spread, index) => ({ time: instants[index] ?? '', spread }));
  let first = all.length;
  while (first > 0) {
    const { people, outOfReach } = all[first - 1]!.spread;
    if (people === 0 || outOfReach > kTolerated * (people + outOfReach)) break;
    first--;
  }
  const cut = all.slice(0, first).some((week) => week.spread.outOfReach > 0);
  return { told: all.slice(first).filter((week) => week.spread.p50 !== null), cut };
}

export function usersOf(feature: Feature): number {
  const { models, segments, placements, features } = feature.usedBy;
  return models.length + segments.length + placements.length + features.length;
}

// Those that make a feature decide something; another feature alone does not.
export function decides(feature: Feature): boolean {
  const { models, segments, placements } = feature.usedBy;
  return models.length + segments.length + placements.length > 0;
}

const exactness = {
  exact: 'exactness.exact',
  'exact for sums of ordinary numbers, else 1e-9 relative': 'exactness.rounded',
  '1e-9 relative': 'exactness.close',
  'exact, over the newest 1,024 qualifying events': 'exactness.recent',
  'exact to 4,096 different values; then counts are at most n/4,097 too low (Misra-Gries)': 'exactness.counted',
  'exact to 1,024 numbers; then within 1 % of the value (DDSketch)': 'exactness.sketched',
  'exact to 4,096 values; then HyperLogLog, 1.6 % (one standard deviation)': 'exactness.distinct',
  'exact to 16,384 days': 'exactness.days',
} as const;

// The key of what the server says about an aggregate's exactness; nothing for words that are new.
export function exactnessKey(feature: Feature): (typeof exactness)[keyof typeof exactness] | 'exactness.derived' | null {
  if (feature.derived) return 'exactness.derived';
  const said = feature.algebra?.exactness ?? '';
  return exactness[said as keyof typeof exactness] ?? null;
}
