// What a decision's reason is about when it is no feature of the person: the action itself, or something declared of it.
import type { Placement } from '../../api/types';

type Action = Placement['actions'][number];

// Undefined for a feature's reason. The value is null where the declaration no longer says it.
export function reasonOfAction(
  reason: string,
  features: readonly { name: string }[],
  action: Action | undefined,
): { about: 'action' | 'attribute'; value: string | null } | undefined {
  if (features.length === 0 || features.some((feature) => feature.name === reason)) return undefined;
  if (reason === 'action') return { about: 'action', value: action?.id ?? null };
  const value = action?.attributes[reason];
  return { about: 'attribute', value: value === undefined || value === null ? null : String(value) };
}
