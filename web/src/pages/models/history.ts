// What happened to a model, and who did it, in the reader's words. What is not known stays as the server wrote it.
import type { MessageKey } from '../../i18n/catalogue';

const actions: Record<string, MessageKey> = {
  trained: 'model.happened.trained',
  promoted: 'model.happened.promoted',
  rolled_back: 'model.happened.rolled_back',
  approved: 'model.happened.approved',
  shadow: 'model.happened.shadow',
  shadow_ended: 'model.happened.shadow_ended',
  canary: 'model.happened.canary',
  canary_ended: 'model.happened.canary_ended',
  alarm: 'model.happened.alarm',
};
const actors: Record<string, MessageKey> = {
  watch: 'model.by.watch',
  retraining: 'model.by.retraining',
  'command line': 'model.by.commandLine',
  'api key': 'model.by.apiKey',
};

export const happenedKey = (action: string): MessageKey | undefined => actions[action];
export const actorKey = (actor: string): MessageKey | undefined => actors[actor];
