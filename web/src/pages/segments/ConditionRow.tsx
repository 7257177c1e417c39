// One condition as a row of choices: what is asked about, how it is compared, and with what.
import { DeleteOutlined } from '@ant-design/icons';
import { AutoComplete, Button, Input, InputNumber, Select, type SelectProps } from 'antd';

import type { Feature, TraitList } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import type { MessageKey } from '../../i18n/catalogue';
import { plainFeature } from '../../ui/feature';
import { firstCounted, kMeasures, type Counted, type Measure } from './counted';
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

// What of the events is counted, and over how long.
function Count({ counted, onChange }: { counted: Counted; onChange: (counted: Counted) => void }) {
  const { t } = useLocale();
  return (
    <>
      {counted.measure === 'sum' && (
        <Input
          className="condition-property"
          placeholder={t('builder.property')}
          aria-label={t('builder.property')}
          value={counted.property}
          onChange={(event) => onChange({ ...counted, property: event.target.value })}
        />
      )}
      <InputNumber
        className="condition-days"
        min={0}
        max={3650}
        precision={0}
        prefix={t('builder.last')}
        suffix={t('builder.daysShort')}
        title={t('builder.days')}
        aria-label={t('builder.days')}
        value={counted.days}
        onChange={(days) => onChange({ ...counted, days: days ?? 0 })}
      />
      <Input
        className="condition-where"
        placeholder={t('builder.where')}
        aria-label={t('builder.where')}
        spellCheck={false}
        value={counted.where}
        onChange={(event) => onChange({ ...counted, where: event.target.value })}
      />
    </>
  );
}

const kNew = '+';

export function ConditionRow({ kind, event, condition, counted, known, onEvent, onChange, onCounted, onRemove }: {
  kind: Kind;
  event: string;
  condition: Condition;
  counted?: Counted;
  known: Known;
  onEvent: (event: string) => void;
  onChange: (condition: Condition) => void;
  onCounted: (counted: Counted | undefined) => void;
  onRemove: () => void;
}) {
  const { t } = useLocale();
  const subjects = useSubjects(known, kind, event);
  const trait = known.traits.find((one) => kTrait + one.name === condition.name);
  const suggestions = (trait?.values ?? []).map((one) => one.value as Literal);
  const numeric = kind !== 'trait' || (suggestions.length > 0 && suggestions.every((value) => typeof value === 'number'));
  const allowed = operators.filter(([operator]) => operator === condition.operator || (numeric && kind !== 'trait' ? forNumbers.includes(operator) : true));
  const events = [...new Set(known.features.flatMap((feature) => feature.event))].sort();
  const grouped = [
    { label: t('builder.newCount'), options: kMeasures.map((one) => ({ value: kNew + one, label: t(`builder.${one}`) })) },
    ...(subjects.length > 0 ? [{ label: t('builder.declared'), options: subjects }] : []),
  ];
  const choices: SelectProps['options'] = kind === 'event' ? grouped : subjects;
  return (
    <li className={counted ? 'condition condition-counted' : 'condition'}>
      {kind === 'event' && (
        <AutoComplete
          className="condition-event"
          placeholder={t('builder.event')}
          aria-label={t('builder.event')}
          value={event}
          options={events.map((one) => ({ value: one, label: one }))}
          filterOption={(typed, option) => String(option?.value).toLowerCase().includes(typed.toLowerCase())}
          onChange={(text: string) => onEvent(text)}
        />
      )}
      <Select
        showSearch
        optionFilterProp="label"
        className="condition-name"
        placeholder={t(kind === 'trait' ? 'builder.trait' : kind === 'event' ? 'builder.measure' : 'builder.feature')}
        aria-label={t(kind === 'trait' ? 'builder.trait' : kind === 'event' ? 'builder.measure' : 'builder.feature')}
        value={counted ? kNew + counted.measure : condition.name || undefined}
        disabled={kind === 'event' && !event}
        options={choices}
        popupMatchSelectWidth={false}
        onChange={(name: string) => {
          if (name.startsWith(kNew)) onCounted({ ...(counted ?? firstCounted(event, 'count')), event, measure: name.slice(kNew.length) as Measure });
          else if (counted) onCounted(undefined);
          if (!name.startsWith(kNew)) onChange({ ...condition, name, values: kind === 'trait' ? [] : condition.values });
        }}
      />
      {counted && <Count counted={counted} onChange={onCounted} />}
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
