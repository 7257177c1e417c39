// What a model's input, and so a score's reason, is about: a feature of the person, the action itself, something declared of
// the actions, or something that came with the request.
import type { Action } from '../api/types';
import type { Translate } from '../i18n/Locale';
import type { Language } from '../i18n/message';
import { plainFeature, type FeatureShape } from './feature';

export type InputAbout = 'person' | 'action' | 'attribute' | 'request';

// `actions`: of the placements that the model decides at; none where it is not known which those are. While it is not
// known yet which inputs are features, all are taken for them.
export function inputAbout(
  input: string,
  features: readonly { name: string }[],
  actions: readonly Pick<Action, 'attributes'>[],
): InputAbout {
  if (features.length === 0 || features.some((feature) => feature.name === input)) return 'person';
  if (input === 'action') return 'action';
  return actions.length === 0 || actions.some((action) => input in action.attributes) ? 'attribute' : 'request';
}

export function inputName(
  input: string,
  features: readonly FeatureShape[],
  actions: readonly Pick<Action, 'attributes'>[],
  t: Translate,
  language: Language,
): string {
  const about = inputAbout(input, features, actions);
  if (about === 'action') return t('ui.input.action');
  if (about !== 'person') return t(about === 'attribute' ? 'ui.input.attribute' : 'ui.input.request', { name: input });
  const feature = features.find((one) => one.name === input);
  return feature ? plainFeature(feature, t, language) : input;
}

// A sentence about one input ("'orders_7d' is not distributed …") with the input called as people call it; `call` gives back what it does not know.
export function withInputCalled(sentence: string, call: (input: string) => string): string {
  return sentence.replace(/'([^']+)'|“([^”]+)”/, (quoted, english: string | undefined, chinese: string | undefined) => {
    const input = english ?? chinese ?? '';
    const called = call(input);
    if (called === input) return quoted;
    return called.includes('“') ? called : `“${called}”`;
  });
}

// What a request's context said at a dotted path ("device.type"); undefined when it said nothing there.
export function contextAt(context: unknown, path: string): unknown {
  if (typeof context !== 'object' || context === null) return undefined;
  const found = context as Record<string, unknown>;
  if (path in found) return found[path];
  const dot = path.indexOf('.');
  return dot < 0 ? undefined : contextAt(found[path.slice(0, dot)], path.slice(dot + 1));
}
