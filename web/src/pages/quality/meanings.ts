// The plain name of what a field holds, as governance found it.
import { catalogue, type MessageKey } from '../../i18n/catalogue';

export function meaningKey(meaning: string): MessageKey | undefined {
  const key = `quality.holds.${meaning}`;
  return key in catalogue ? (key as MessageKey) : undefined;
}
