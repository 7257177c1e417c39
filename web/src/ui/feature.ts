// Plain names for declared features, so that a marketer reads "Number of “Order Completed”, last 30 days" for
// orders_30d. A declared description wins over one made from the definition.
import type { Translate } from '../i18n/Locale';
import type { MessageKey } from '../i18n/catalogue';
import type { Language } from '../i18n/message';

export interface FeatureShape {
  name: string;
  event: string[];
  aggregate: string;
  window: string;
  description: string | null;
  descriptionZh: string | null;
}

const aggregates: Partial<Record<string, MessageKey>> = {
  count: 'ui.feature.count',
  sum: 'ui.feature.sum',
  avg: 'ui.feature.avg',
  min: 'ui.feature.min',
  max: 'ui.feature.max',
  first: 'ui.feature.first',
  last: 'ui.feature.last',
  distinct: 'ui.feature.distinct',
  distinct_days: 'ui.feature.distinct_days',
  recency_days: 'ui.feature.recency_days',
};

const units: Record<string, MessageKey> = {
  m: 'ui.window.m',
  h: 'ui.window.h',
  d: 'ui.window.d',
  w: 'ui.window.w',
};

// "30d" in words; what is not a window comes back as it is.
export function plainWindow(window: string, t: Translate): string {
  const match = /^(\d+)([mhdw])$/.exec(window);
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  return match && unit ? t(unit, { n: Number(match[1]) }) : window;
}

export function plainFeature(feature: FeatureShape, t: Translate, language: Language): string {
  const declared = language === 'zh' ? feature.descriptionZh : feature.description;
  if (declared) return declared;
  const match = /^(\w+)(?:\((.*)\))?$/.exec(feature.aggregate);
  const key = match?.[1] === undefined ? undefined : aggregates[match[1]];
  if (!match || !key) return feature.name;
  const name = t(key, {
    event: feature.event.length ? feature.event.join(' / ') : t('ui.feature.anyEvent'),
    field: match[2] ?? '',
  });
  if (match[1] === 'recency_days') return name;
  return feature.window === 'lifetime' || feature.window === ''
    ? t('ui.feature.lifetime', { name })
    : t('ui.feature.window', { name, window: plainWindow(feature.window, t) });
}
