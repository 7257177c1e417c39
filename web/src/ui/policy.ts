import type { MessageKey } from '../i18n/catalogue';

export type Policy = 'model' | 'explore' | 'baseline';
export const policies: readonly Policy[] = ['model', 'explore', 'baseline'];
export const policyName: Record<Policy, MessageKey> = {
  model: 'ui.policy.model',
  explore: 'ui.policy.explore',
  baseline: 'ui.policy.baseline',
};
