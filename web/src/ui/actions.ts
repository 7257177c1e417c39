// Names of actions as the placement declares them, in the reader's language.
import { useGet } from '../api/live';
import type { Placement } from '../api/types';
import { useLocale } from '../i18n/Locale';

export function usePlacements(): {
  placements: Placement[];
  placementOf: (name: string) => Placement | undefined;
  actionName: (placement: string, action: string) => string;
} {
  const { language } = useLocale();
  const placements = useGet<{ placements: Placement[] }>('/v1/placements').data?.placements ?? [];
  const placementOf = (name: string) => placements.find((placement) => placement.name === name);
  return {
    placements,
    placementOf,
    actionName(placement, id) {
      const action = placementOf(placement)?.actions.find((one) => one.id === id);
      if (!action) return id;
      return (language === 'zh' ? action.nameZh : null) || action.name || id;
    },
  };
}
