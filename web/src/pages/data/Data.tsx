import { useEffect } from 'react';
import { Link, useLocation, useSearchParams } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Overview, Source } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { DataTable, type Column } from '../../ui/DataTable';
import { Answer, Page, Panel } from '../../ui/Page';
import { Empty, Loaded } from '../../ui/State';
import { careful, intakeOf } from './intake';
import { Quarantine } from './Quarantine';

function IntakeBars({ sources }: { sources: Source[] }) {
  const { t, format } = useLocale();
  const largest = Math.max(...sources.map((source) => source.events + source.quarantined), 1);
  return (
    <ul className="bars intake">
      {sources.map((source) => {
        const text = `${format.integer(source.events)}${source.quarantined ? ` + ${format.integer(source.quarantined)}` : ''}`;
        return (
          <li key={source.name}>
            <span className="bar-name">{source.name}</span>
            <span className="bar-plot" title={`${t('data.accepted')} ${source.events}, ${t('data.refused')} ${source.quarantined}`}>
              <i style={{ width: `${(source.events / largest) * 100}%` }} />
              {source.quarantined > 0 && (
                <i className="refused" style={{ width: `max(4px, ${(source.quarantined / largest) * 100}%)` }} />
              )}
            </span>
            <span className="bar-amount">{text}</span>
          </li>
        );
      })}
    </ul>
  );
}

function useSourceColumns(): Column<Source>[] {
  const { t, format } = useLocale();
  const share = (row: Source) => intakeOf([row]).share;
  return [
    { key: 'name', title: t('data.source'), cell: (row) => row.name },
    { key: 'format', title: t('data.format'), cell: (row) => row.format },
    { key: 'events', title: t('data.accepted'), number: true, cell: (row) => row.events, show: (row) => format.integer(row.events) },
    {
      key: 'quarantined',
      title: t('data.refused'),
      number: true,
      cell: (row) => row.quarantined,
      show: (row) => format.integer(row.quarantined),
    },
    {
      key: 'share',
      title: t('data.share'),
      number: true,
      cell: share,
      show: (row) => format.percent(share(row) === null ? null : careful(share(row)!, row.quarantined)),
    },
    { key: 'last', title: t('data.last'), cell: (row) => row.lastTime, line: true, show: (row) => format.dateTime(row.lastTime) },
  ];
}

export function Data() {
  const { t, format } = useLocale();
  const [params, setParams] = useSearchParams();
  const sources = useGet<{ sources: Source[] }>('/v1/sources', { live: true });
  const overview = useGet<Overview>('/v1/overview', { live: true });
  const columns = useSourceColumns();
  const { hash } = useLocation();
  const ready = sources.data !== undefined;
  useEffect(() => {
    if (ready && hash) document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [ready, hash]);
  return (
    <Page title={t('data.title')} question={t('data.question')} liveAt={sources.dataUpdatedAt} actions={<><Link to="/data/quality">{t('quality.open')}</Link> <Link to="/data/reviews">{t('reviews.title')}</Link></>}>
      <Loaded query={sources}>
        {({ sources: rows }) => {
          const intake = intakeOf(rows);
          if (intake.share === null) return <Empty title={t('data.nothing')}>{t('data.nothingHint')}</Empty>;
          const open = overview.data?.totals.quarantined ?? intake.refused;
          const n = intake.accepted + intake.refused;
          return (
            <>
              <Answer
                sentence={intake.refused === 0
                  ? t('data.allClean', { n })
                  : t('data.clean', { n, share: format.percent(careful(intake.share, intake.refused)), open })}
                note={t('data.sourcesNote')}
                tone={intake.refused === 0 ? 'good' : 'open'}
              >
                <IntakeBars sources={rows} />
              </Answer>
              <Panel title={t('data.sources')}>
                <DataTable name="sources" label={t('data.sources')} rows={rows} rowKey={(row) => row.name} columns={columns} filterable={false} />
              </Panel>
            </>
          );
        }}
      </Loaded>
      <Quarantine
        code={params.get('code') ?? ''}
        source={params.get('source') ?? ''}
        sources={sources.data?.sources.map((source) => source.name) ?? []}
        onChoose={(chosen) => {
          const next = new URLSearchParams(params);
          for (const [name, value] of Object.entries(chosen)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          setParams(next);
        }}
      />
    </Page>
  );
}
