import { useState } from 'react';
import { Link } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Quality as QualityData, QualityField, QualityIssue, QualityScores, QualitySource } from '../../api/types';
import type { MessageKey } from '../../i18n/catalogue';
import { useLocale } from '../../i18n/Locale';
import { DataTable, type Column } from '../../ui/DataTable';
import { Answer, Page, Panel } from '../../ui/Page';
import { Empty, Loaded } from '../../ui/State';
import { meaningKey } from './meanings';
import { shadeOf, troubleOf } from './trouble';

const kMeasures = ['completeness', 'validity', 'uniqueness', 'consistency', 'timeliness'] as const;
type Row = QualityField & { source: string };

function Trouble({ sources }: { sources: QualitySource[] }) {
  const { t, format } = useLocale();
  const { days, rows } = troubleOf(sources);
  return (
    <figure className="trouble" aria-label={t('quality.map')}>
      {rows.map((row) => (
        <div key={row.source} className="trouble-row">
          <span className="bar-name">{row.source}</span>
          <span className="trouble-days">
            {row.cells.map((cell) => (
              <i
                key={cell.day}
                className={`shade-${shadeOf(cell)}`}
                title={t('quality.mapDay', {
                  source: row.source, day: cell.day, events: cell.came, trouble: cell.trouble, share: format.percent(cell.share),
                })}
              />
            ))}
          </span>
        </div>
      ))}
      <figcaption className="trouble-row">
        <span className="bar-name" />
        <span className="trouble-ends"><span>{days[0]}</span><span>{days.at(-1)}</span></span>
      </figcaption>
    </figure>
  );
}

function Measures({ scores }: { scores: QualityScores }) {
  const { t, format } = useLocale();
  return (
    <ul className="bars">
      {kMeasures.map((measure) => (
        <li key={measure}>
          <span className="bar-name">{t(`quality.${measure}`)}</span>
          <span className="bar-plot" aria-hidden="true"><i style={{ width: `${scores[measure] * 100}%` }} /></span>
          <span className="bar-amount">{format.percent(scores[measure])}</span>
        </li>
      ))}
    </ul>
  );
}

function Readiness({ data }: { data: QualityData }) {
  const { t, format } = useLocale();
  const shown = (name: string, value: number) => (value <= 1 && !['positives', 'people', 'history_days'].includes(name) ? format.percent(value) : format.integer(Math.round(value)));
  return (
    <ul className="bars wide-amount">
      {data.readiness.parts.map((part) => (
        <li key={part.name}>
          <span className="bar-name">{t(`quality.part.${part.name}` as MessageKey, { detail: part.detail ?? '' })}</span>
          <span className="bar-plot" aria-hidden="true"><i style={{ width: `${part.score * 100}%` }} /></span>
          <span className="bar-amount">{t('quality.partOf', { value: shown(part.name, part.value), target: shown(part.name, part.target) })}</span>
        </li>
      ))}
    </ul>
  );
}

function Issues({ issues }: { issues: QualityIssue[] }) {
  const { t, format } = useLocale();
  const where = (row: QualityIssue) => [row.source, row.event, row.field, row.day].filter(Boolean).join(' · ');
  const columns: Column<QualityIssue>[] = [
    { key: 'severity', title: t('quality.severity'), cell: (row) => row.impact, show: (row) => <span className={`tag severity-${row.severity}`}>{t(`quality.${row.severity}`)}</span> },
    { key: 'what', title: t('quality.what'), cell: (row) => t(`quality.is.${row.code}`, { share: format.percent(row.share) }), show: (row) => <span className="wrap">{t(`quality.is.${row.code}`, { share: format.percent(row.share) })}</span> },
    {
      key: 'where',
      title: t('quality.where'),
      cell: where,
      show: (row) => (row.code === 'quarantined'
        ? <Link to={`/data?${new URLSearchParams({ source: row.source }).toString()}`}>{where(row)}</Link>
        : <span className="wrap">{where(row)}{row.used && <small> · {t('quality.usedMark')}</small>}</span>),
    },
    { key: 'affected', title: t('quality.affected'), number: true, cell: (row) => row.affected, show: (row) => format.integer(row.affected) },
    { key: 'todo', title: t('quality.todo'), cell: (row) => t(`quality.do.${row.code}`), show: (row) => <span className="wrap">{t(`quality.do.${row.code}`)}</span> },
  ];
  return (
    <DataTable
      name="quality-issues"
      label={t('quality.issues')}
      rows={issues}
      rowKey={(row) => [row.code, row.source, row.event, row.field, row.day].join('|')}
      columns={columns}
      empty={<Empty title={t('quality.noIssues')}>{t('quality.noIssuesHint')}</Empty>}
    />
  );
}

function useFieldColumns(): Column<Row>[] {
  const { t, format } = useLocale();
  const meaningName = (meaning: string) => {
    const key = meaningKey(meaning);
    return key ? t(key) : meaning;
  };
  const share = (key: string, title: string, of: (row: Row) => number): Column<Row> => ({
    key, title, number: true, cell: of, show: (row) => format.percent(of(row)),
  });
  return [
    { key: 'source', title: t('data.source'), cell: (row) => row.source },
    { key: 'event', title: t('quality.event'), cell: (row) => row.event },
    { key: 'field', title: t('quality.field'), cell: (row) => row.field },
    { key: 'meaning', title: t('quality.meaning'), cell: (row) => meaningName(row.meaning) },
    share('completeness', t('quality.completeness'), (row) => row.scores.completeness),
    share('validity', t('quality.validity'), (row) => row.scores.validity),
    { ...share('uniqueness', t('quality.uniqueness'), (row) => row.scores.uniqueness), hidden: true },
    share('consistency', t('quality.consistency'), (row) => row.scores.consistency),
    { ...share('before', t('quality.before'), (row) => row.standardBefore), hidden: true },
    share('after', t('quality.after'), (row) => row.standard),
  ];
}

export function Quality() {
  const { t, format } = useLocale();
  const quality = useGet<QualityData>('/v1/quality');
  const fieldColumns = useFieldColumns();
  const [now] = useState(() => Date.now());
  return (
    <Page title={t('quality.title')} question={t('quality.question')} crumbs={[{ title: t('data.title'), to: '/data' }]}>
      <Loaded query={quality} rows={10}>
        {(data) => {
          if (data.events === 0) return <Empty title={t('quality.nothing')}>{t('quality.nothingHint')}</Empty>;
          const fields: Row[] = data.sources.flatMap((source) => source.fields.map((field) => ({ ...field, source: source.source })));
          const score = Math.round(data.scores.all * 100);
          const values = { score, n: data.events, issues: data.issues.length, ready: Math.round(data.readiness.score) };
          return (
            <>
              <Answer
                sentence={t(data.issues.length === 0 ? 'quality.sentenceGood' : 'quality.sentence', values)}
                note={<>{t('quality.standard', { before: format.percent(data.standardBefore), after: format.percent(data.standard) })} {t('quality.mapNote')}</>}
                tone={data.issues.some((issue) => issue.severity === 'high') ? 'bad' : data.issues.length > 0 ? 'open' : 'good'}
              >
                <Trouble sources={data.sources} />
              </Answer>
              <Panel title={t('quality.issues')}><Issues issues={data.issues} /></Panel>
              <div className="columns">
                <Panel title={t('quality.dimensions')}><Measures scores={data.scores} /></Panel>
                <Panel title={t('quality.readiness')} note={t('quality.readinessNote')}><Readiness data={data} /></Panel>
              </div>
              <Panel title={t('quality.sources')}>
                <DataTable
                  name="quality-sources"
                  label={t('quality.sources')}
                  rows={data.sources}
                  rowKey={(row) => row.source}
                  filterable={false}
                  columns={[
                    { key: 'source', title: t('data.source'), cell: (row) => row.source },
                    { key: 'events', title: t('quality.affected'), number: true, cell: (row) => row.events, show: (row) => format.integer(row.events) },
                    { key: 'score', title: t('quality.score'), number: true, cell: (row) => row.scores.all, show: (row) => String(Math.round(row.scores.all * 100)) },
                    { key: 'quarantined', title: t('data.refused'), number: true, cell: (row) => row.quarantined, show: (row) => format.integer(row.quarantined) },
                    { key: 'before', title: t('quality.before'), number: true, cell: (row) => row.standardBefore, show: (row) => format.percent(row.standardBefore) },
                    { key: 'after', title: t('quality.after'), number: true, cell: (row) => row.standard, show: (row) => format.percent(row.standard) },
                    { key: 'late', title: t('quality.late'), number: true, cell: (row) => row.lateShare, show: (row) => format.percent(row.lateShare) },
                    { key: 'last', title: t('data.last'), cell: (row) => row.lastReceived, show: (row) => format.ago(row.lastReceived, now) },
                  ]}
                />
              </Panel>
              <Panel title={t('quality.fields')}>
                <DataTable name="quality-fields" label={t('quality.fields')} rows={fields} rowKey={(row) => [row.source, row.event, row.field].join('|')} columns={fieldColumns} />
              </Panel>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
