// One condition as a row of choices: what is asked about, how it is compared, and with what.
import { DeleteOutlined } from '@ant-design/icons';
import { AutoComplete, Button, InputNumber, Select } from 'antd';

import type { Feature, TraitList } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import type { MessageKey } from '../../i18n/catalogue';
import { plainFeature } from '../../ui/feature';
import { literalFrom, sayable, type Condition, type Literal, type Operator } from './rule';

export type Kind = 'trait' | 'feature' | 'event';

const operators: [Operator, MessageKey][] = [
  ['>=', 'builder.op.ge'], ['<=', 'builder.op.le'], ['>', 'builder.op.gt'], ['<', 'builder.op.lt'], ['==', 'builder.op.eq'],
  ['!=', 'builder.op.ne'], ['in', 'builder.op.in'], ['known', 'builder.op.known'], ['unknown', 'builder.op.unknown'],
];
const forNumbers: Operator[] = ['>=', '<=', '>', '<', '==', '!=', 'known', 'unknown'];
const kTrait = 'traits.';

export interface Known {
  features: Feature[];
  traits: TraitList['traits'];
}

export function firstCondition(kind: Kind): Condition {
  return { name: '', operator: kind === 'trait' ? '==' : '>=', values: kind === 'trait' ? [] : [1] };
}

// Which kind of row shows a condition that came as text.
export function kindOf(condition: Condition): Kind {
  return condition.name.startsWith(kTrait) ? 'trait' : 'feature';
}

function Value({ condition, numeric, suggestions, onChange }: {
  condition: Condition;
  numeric: boolean;
  suggestions: Literal[];
  onChange: (values: Literal[]) => void;
}) {
  const { t } = useLocale();
  if (condition.operator === 'known' || condition.operator === 'unknown') return null;
  const options = suggestions.map((value) => ({ value: String(value), label: String(value) }));
  if (condition.operator === 'in') {
    return (
      <Select
        mode="tags"
        className="condition-value"
        aria-label={t('builder.value')}
        value={condition.values.map(String)}
        options={options}
        onChange={(texts: string[]) => onChange(texts.map(literalFrom))}
      />
    );
  }
  const value = condition.values[0];
  if (numeric) {
    return (
      <InputNumber
        className="condition-value"
        aria-label={t('builder.value')}
        value={typeof value === 'number' ? value : null}
        onChange={(next) => onChange(typeof next === 'number' ? [next] : [])}
      />
    );
  }
  return (
    <AutoComplete
      className="condition-value"
      aria-label={t('builder.value')}
      value={value === undefined ? '' : String(value)}
      options={options}
      filterOption={(typed, option) => String(option?.value).toLowerCase().includes(typed.toLowerCase())}
      onChange={(text: string) => onChange(text === '' ? [] : [literalFrom(text)])}
    />
  );
}

function useSubjects(known: Known, kind: Kind, event: string) {
  const { t, language } = useLocale();
  const named = (feature: Feature) => ({ value: feature.name, label: plainFeature(feature, t, language) });
  if (kind === 'trait') {
    return known.traits.filter((trait) => sayable(trait.name)).map((trait) => ({ value: kTrait + trait.name, label: trait.name }));
  }
  const sayableFeatures = known.features.filter((feature) => sayable(feature.name));
  return (kind === 'event' ? sayableFeatures.filter((feature) => feature.event.includes(event)) : sayableFeatures).map(named);
}

export function ConditionRow({ kind, event, condition, known, onEvent, onChange, onRemove }: {
  kind: Kind;
  event: string;
  condition: Condition;
  known: Known;
  onEvent: (event: string) => void;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}) {
  const { t } = useLocale();
  const subjects = useSubjects(known, kind, event);
  const trait = known.traits.find((one) => kTrait + one.name === condition.name);
  const suggestions = (trait?.values ?? []).map((one) => one.value as Literal);
  const numeric = kind !== 'trait' || (suggestions.length > 0 && suggestions.every((value) => typeof value === 'number'));
  const allowed = operators.filter(([operator]) => operator === condition.operator || (numeric && kind !== 'trait' ? forNumbers.includes(operator) : true));
  const events = [...new Set(known.features.flatMap((feature) => feature.event))].sort();
  return (
    <li className="condition">
      {kind === 'event' && (
        <Select
          showSearch
          className="condition-event"
          placeholder={t('builder.event')}
          aria-label={t('builder.event')}
          value={event || undefined}
          options={events.map((one) => ({ value: one, label: one }))}
          onChange={onEvent}
        />
      )}
      <Select
        showSearch
        optionFilterProp="label"
        className="condition-name"
        placeholder={t(kind === 'trait' ? 'builder.trait' : kind === 'event' ? 'builder.measure' : 'builder.feature')}
        aria-label={t(kind === 'trait' ? 'builder.trait' : kind === 'event' ? 'builder.measure' : 'builder.feature')}
        value={condition.name || undefined}
        disabled={kind === 'event' && !event}
        options={subjects}
        popupMatchSelectWidth={false}
        onChange={(name: string) => onChange({ ...condition, name, values: kind === 'trait' ? [] : condition.values })}
      />
      <Select
        className="condition-operator"
        aria-label={t('builder.operator')}
        value={condition.operator}
        options={allowed.map(([value, key]) => ({ value, label: t(key) }))}
        popupMatchSelectWidth={false}
        onChange={(operator: Operator) => onChange({ ...condition, operator, values: operator === 'in' ? condition.values : condition.values.slice(0, 1) })}
      />
      <Value condition={condition} numeric={numeric} suggestions={suggestions} onChange={(values) => onChange({ ...condition, values })} />
      <Button type="text" icon={<DeleteOutlined />} aria-label={t('builder.remove')} onClick={onRemove} />
    </li>
  );
}
