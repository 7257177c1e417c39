import type { MessageKey } from '../../i18n/catalogue';

// Which rule merged, in words; other events carried two people's identifiers.
export function ruleKey(rule: string): MessageKey {
  if (rule === 'linkage') return 'merges.rule.linkage';
  if (rule === 'alias') return 'merges.rule.alias';
  return 'merges.rule.identifiers';
}
