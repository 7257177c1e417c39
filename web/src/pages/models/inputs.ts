// What people call the inputs of a model; a name that is none of its inputs stays as it is.
import { useGet } from '../../api/live';
import type { Feature, Model } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { usePlacements } from '../../ui/actions';
import { inputName } from '../../ui/model_input';

export function useInputsOf(model: Model): (input: string) => string {
  const { t, language } = useLocale();
  const features = useGet<{ features: Feature[] }>('/v1/features').data?.features ?? [];
  const actions = usePlacements().placements.flatMap((placement) => (placement.model === model.name ? placement.actions : []));
  return (input) => (model.importance.some((one) => one.feature === input) ? inputName(input, features, actions, t, language) : input);
}
