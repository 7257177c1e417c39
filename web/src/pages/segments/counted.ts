// A condition on events that no declared feature counts: a feature of its own, tried with the rule and declared with the segment.

export type Measure = 'count' | 'distinct_days' | 'sum';

export interface Counted {
  event: string;
  measure: Measure;
  property: string; // of the sum
  where: string; // over the event's properties; '' for all
  days: number; // the window; 0 for ever
}

export const kMeasures: Measure[] = ['count', 'distinct_days', 'sum'];

export const firstCounted = (event: string, measure: Measure): Counted => ({ event, measure, property: '', where: '', days: 30 });

export function countedReady({ event, measure, property, days }: Counted): boolean {
  return event.trim() !== '' && (measure !== 'sum' || property.trim() !== '') && Number.isFinite(days) && days >= 0;
}

function slug(text: string): string {
  return text.trim().toLowerCase().replace(/[^a-z0-9\u0080-\uffff]+/g, '_').replace(/^_+|_+$/g, '') || 'event';
}

// A name that says what it counts and that nobody has; the same counted condition keeps its name as long as it is free.
export function countedName(counted: Counted, taken: readonly string[]): string {
  const parts = [slug(counted.event), counted.measure === 'count' ? '' : counted.measure === 'sum' ? `sum_${slug(counted.property)}` : 'days'];
  if (counted.where.trim()) parts.push('some');
  if (counted.days > 0) parts.push(`${counted.days}d`);
  const base = parts.filter(Boolean).join('_').replace(/^(?=\d)/, '_');
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}_${n}`;
    if (!taken.includes(name)) return name;
  }
}

export interface FeatureDeclaration {
  name: string;
  event: string;
  where?: string;
  aggregate: string;
  window?: string;
  default: number;
}

export function declarationOf(name: string, { event, measure, property, where, days }: Counted): FeatureDeclaration {
  return {
    name,
    event: event.trim(),
    ...(where.trim() ? { where: where.trim() } : {}),
    aggregate: measure === 'sum' ? `sum(${property.trim()})` : measure,
    ...(days > 0 ? { window: `${days}d` } : {}),
    default: 0,
  };
}

// From the address: what is not a counted condition is left out.
export function countedFrom(text: string | null): Record<string, Counted> {
  try {
    const known = JSON.parse(text ?? '{}') as Record<string, Partial<Counted>>;
    return Object.fromEntries(
      Object.entries(known)
        .filter(([, one]) => typeof one?.event === 'string' && kMeasures.includes(one.measure as Measure))
        .map(([name, one]) => [name, { ...firstCounted(one.event!, one.measure!), ...one }]),
    );
  } catch {
    return {};
  }
}
