// One decision as a flow: every action of the placement, what the rules did to it, its score, and whether it was chosen.
import type { Decision, Placement } from '../../api/types';

const kLast = Number.MAX_SAFE_INTEGER;

export interface FlowRow {
  id: string;
  declared: boolean; // false: the placement has no such action any more
  excludedBy: string[];
  boostedBy: string[];
  score: number | null; // null: it had none, because a rule took it out
  rank: number | null; // 1 for the first choice; null when not chosen
  propensity: number | null;
}

export function flowOf(decision: Decision, placement: Placement | undefined): FlowRow[] {
  const ids = new Set<string>();
  for (const action of placement?.actions ?? []) ids.add(action.id);
  for (const candidate of decision.candidates) ids.add(candidate.id);
  for (const action of decision.actions) ids.add(action.id);
  for (const rule of decision.rules) for (const id of rule.actions) ids.add(id);
  const rulesOf = (id: string, effect: 'excluded' | 'boosted') =>
    decision.rules.filter((rule) => rule.effect === effect && rule.actions.includes(id)).map((rule) => rule.rule);
  const declared = new Set(placement?.actions.map((action) => action.id));
  const rows = [...ids].map((id): FlowRow => {
    const place = decision.actions.findIndex((action) => action.id === id);
    return {
      id,
      declared: placement === undefined || declared.has(id),
      excludedBy: rulesOf(id, 'excluded'),
      boostedBy: rulesOf(id, 'boosted'),
      score: decision.candidates.find((candidate) => candidate.id === id)?.score ?? null,
      rank: place < 0 ? null : place + 1,
      propensity: place < 0 ? null : (decision.actions[place]?.propensity ?? null),
    };
  });
  // Chosen first, then by score; what the rules took out comes last.
  return rows.sort(
    (a, b) =>
      (a.rank ?? kLast) - (b.rank ?? kLast) || (b.score ?? -kLast) - (a.score ?? -kLast) || a.id.localeCompare(b.id),
  );
}
