// A segment composed by clicking, with its size beside it while it changes. The address holds the rule.
import { PlusOutlined } from '@ant-design/icons';
import { Button, Input, Segmented } from 'antd';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router-dom';

import { api, type ApiError } from '../../api/client';
import { kLiveMs, useGet, useLiveState } from '../../api/live';
import type { Feature, SegmentList, SegmentPreview, TraitList } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Answer, Page, Panel } from '../../ui/Page';
import { Empty, Failure, Loading } from '../../ui/State';
import { ConditionRow, firstCondition, kindOf, type Kind, type Known } from './ConditionRow';
import { countedFrom, countedName, countedReady, declarationOf, type Counted, type FeatureDeclaration } from './counted';
import { Overlap } from './Overlap';
import { DraftPanel } from './DraftPanel';
import { PeopleTable } from '../../ui/PeopleTable';
import { Refused } from '../../ui/Said';
import { parseRule, ruleText, type Condition, type Join } from './rule';

const kTypingMs = 200;
const kExamples = 10;

interface Row {
  key: number;
  kind: Kind;
  event: string;
  condition: Condition;
  counted?: Counted; // condition.name is then its own
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), kTypingMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

// The size of a rule, counted anew while the page is looked at. An index that is still being made is waited for.
function usePreview(rule: string, features: FeatureDeclaration[]) {
  const { paused } = useLiveState();
  const declare = features.length > 0 ? { declare: { features } } : {};
  return useQuery<SegmentPreview, ApiError>({
    queryKey: ['/v1/segments/preview', rule, JSON.stringify(features)],
    queryFn: () => api.post<SegmentPreview>('/v1/segments/preview', { rule, limit: kExamples, ...declare }),
    enabled: rule !== '',
    retry: (_, error) => error.status === 503,
    retryDelay: 1000,
    refetchInterval: paused ? false : kLiveMs,
    placeholderData: keepPreviousData,
  });
}

function SizeBar({ preview }: { preview: SegmentPreview }) {
  const { t, format } = useLocale();
  return (
    <div className="size-bar" role="img" aria-label={t('builder.sentence', { size: preview.size, people: preview.people, share: format.percent(preview.share) })}>
      <i style={{ width: `${preview.share * 100}%` }} />
    </div>
  );
}

function Conditions({ rows, join, known, onRows, onJoin }: {
  rows: Row[];
  join: Join;
  known: Known;
  onRows: (rows: Row[]) => void;
  onJoin: (join: Join) => void;
}) {
  const { t } = useLocale();
  const next = useRef(rows.length);
  const add = (kind: Kind) => onRows([...rows, { key: ++next.current + 1000, kind, event: '', condition: firstCondition(kind) }]);
  const change = (key: number, part: Partial<Row>) => onRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const count = (row: Row, counted: Counted | undefined) => {
    const taken = [...known.features.map((one) => one.name), ...rows.filter((one) => one.key !== row.key).map((one) => one.condition.name)];
    const name = counted && countedReady(counted) ? countedName(counted, taken) : '';
    change(row.key, { event: counted?.event ?? row.event, counted, condition: { ...row.condition, name } });
  };
  return (
    <>
      {rows.length > 1 && (
        <div className="condition-join">
          <span>{t('builder.join')}</span>
          <Segmented<Join>
            value={join}
            onChange={onJoin}
            options={[{ value: 'and', label: t('builder.and') }, { value: 'or', label: t('builder.or') }]}
          />
        </div>
      )}
      <ol className="conditions">
        {rows.map((row) => (
          <ConditionRow
            key={row.key}
            kind={row.kind}
            event={row.event}
            condition={row.condition}
            counted={row.counted}
            known={known}
            onEvent={(event) => (row.counted ? count(row, { ...row.counted, event }) : change(row.key, { event, condition: { ...row.condition, name: '' } }))}
            onCounted={(counted) => count(row, counted)}
            onChange={(condition) => change(row.key, { condition })}
            onRemove={() => onRows(rows.filter((one) => one.key !== row.key))}
          />
        ))}
      </ol>
      <div className="condition-add">
        <Button icon={<PlusOutlined />} onClick={() => add('event')}>{t('builder.addEvent')}</Button>
        <Button icon={<PlusOutlined />} onClick={() => add('feature')}>{t('builder.addFeature')}</Button>
        <Button icon={<PlusOutlined />} onClick={() => add('trait')}>{t('builder.addTrait')}</Button>
      </div>
      {rows.some((row) => row.kind === 'event') && <p className="note">{t('builder.eventHint')}</p>}
    </>
  );
}

function rowsOf(conditions: Condition[], counted: Record<string, Counted>): Row[] {
  return conditions.map((condition, key) => {
    const own = counted[condition.name];
    return { key, kind: own ? 'event' : kindOf(condition), event: own?.event ?? '', condition, counted: own };
  });
}

const countedOf = (rows: Row[]): Record<string, Counted> =>
  Object.fromEntries(rows.flatMap((row) => (row.counted && row.condition.name ? [[row.condition.name, row.counted] as const] : [])));

// Those that the rule asks for.
function declarationsFor(rule: string, rows: Row[]): FeatureDeclaration[] {
  return Object.entries(countedOf(rows)).filter(([name]) => rule.includes(name)).map(([name, counted]) => declarationOf(name, counted));
}

export function Builder() {
  const { t, format } = useLocale();
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState(params.get('rule') ?? '');
  const parsed = parseRule(text);
  const [join, setJoin] = useState<Join>(parsed?.join ?? 'and');
  const [rows, setRows] = useState<Row[]>(() => rowsOf(parsed?.conditions ?? [], countedFrom(params.get('count'))));
  const features = useGet<{ features: Feature[] }>('/v1/features');
  const traits = useGet<TraitList>('/v1/traits');
  const segments = useGet<SegmentList>('/v1/segments');
  // Rule and counts settle together: a name in the one has its meaning in the other.
  const settled = useSettled(JSON.stringify({ rule: text.trim(), counted: countedOf(rows), features: declarationsFor(text, rows) }));
  const { rule, counted, features: declarations } = JSON.parse(settled) as { rule: string; counted: Record<string, Counted>; features: FeatureDeclaration[] };
  const preview = usePreview(rule, declarations);
  const count = JSON.stringify(counted);
  const from = params.get('from') ?? '';

  useEffect(() => {
    setParams((now) => {
      const next = new URLSearchParams(now);
      if (rule) next.set('rule', rule);
      else next.delete('rule');
      if (count !== '{}') next.set('count', count);
      else next.delete('count');
      return next;
    }, { replace: true });
  }, [rule, count, setParams]);

  const compose = (nextRows: Row[], nextJoin: Join) => {
    setRows(nextRows);
    setJoin(nextJoin);
    setText(ruleText({ join: nextJoin, conditions: nextRows.map((row) => row.condition) }));
  };
  const write = (next: string) => {
    setText(next);
    const understood = parseRule(next);
    if (!understood) return;
    setRows(rowsOf(understood.conditions, countedOf(rows)));
    setJoin(understood.join);
  };
  const refused = preview.error && preview.error.status === 400 ? preview.error : null;
  const indexing = (preview.failureReason?.status === 503 || traits.error?.status === 503) && !preview.data;
  const data = rule && !refused ? preview.data : undefined;

  return (
    <Page
      title={t('builder.title')}
      question={t('builder.question')}
      crumbs={[{ title: t('segments.title'), to: '/segments' }]}
      liveAt={data ? preview.dataUpdatedAt : undefined}
    >
      <Answer
        tone={data ? undefined : 'open'}
        sentence={
          data
            ? t('builder.sentence', { size: data.size, people: data.people, share: format.percent(data.share) })
            : t(!indexing ? 'builder.start' : declarations.length > 0 ? 'builder.counting' : 'builder.indexing')
        }
        note={data ? t('builder.took', { ms: format.significant(data.tookMs) }) : undefined}
      >
        {data && <SizeBar preview={data} />}
      </Answer>
      <Panel
        title={t('builder.conditions')}
        tools={rows.length > 0 && <Button size="small" onClick={() => compose([], 'and')}>{t('builder.clear')}</Button>}
      >
        {features.isPending && <Loading rows={2} />}
        {features.error && <Failure error={features.error} onRetry={() => void features.refetch()} />}
        {features.data && (parsed ? (
          <Conditions
            rows={rows}
            join={join}
            known={{ features: features.data.features, traits: traits.data?.traits ?? [] }}
            onRows={(next) => compose(next, join)}
            onJoin={(next) => compose(rows, next)}
          />
        ) : (
          <p className="note">{t('builder.free')}</p>
        ))}
        <h3><label htmlFor="rule-text">{t('builder.text')}</label></h3>
        <p className="note">{t('builder.textNote')}</p>
        <Input.TextArea id="rule-text" className="rule-text" autoSize={{ minRows: 2 }} value={text} spellCheck={false} onChange={(event) => write(event.target.value)} />
        {refused && <Refused error={refused} what="builder.refused" className="rule-fault" />}
        {preview.error && !refused && preview.error.status !== 503 && <Failure error={preview.error} onRetry={() => void preview.refetch()} />}
      </Panel>
      {data && (
        <>
          <div className="columns">
            <Panel title={t('builder.overlap')}><Overlap overlap={data.overlap} /></Panel>
            <DraftPanel rule={rule} features={declarations} from={from} taken={(segments.data?.segments ?? []).map((one) => one.name)} />
          </div>
          <Panel title={t('builder.examples')}>
            {data.examples.length === 0 ? <Empty title={t('builder.nobody')} /> : <PeopleTable people={data.examples} name="examples" filterable={false} />}
          </Panel>
        </>
      )}
    </Page>
  );
}
