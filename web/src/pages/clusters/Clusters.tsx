import { Alert, Button, Select } from 'antd';
import { useCallback, useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';

import { useJob } from '../../api/job';
import { useGet } from '../../api/live';
import type { Cluster, ClusterReport, Clusters as ClustersData, Feature } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { plainFeature } from '../../ui/feature';
import { Answer, Page, Panel } from '../../ui/Page';
import { Refused } from '../../ui/Said';
import { Empty, Loaded } from '../../ui/State';
import { useTheme } from '../../ui/theme';
import { ClusterDetail } from './ClusterDetail';
import { MapChart } from './MapChart';
import { markOf, steadiness } from './marks';

const kMostAsked = 12;

const paths = {
  circle: 'M8 2a6 6 0 1 0 .01 0z', triangle: 'M8 2l6 11H2z', diamond: 'M8 1l6 7-6 7-6-7z', rect: 'M2 2h12v12H2z',
  pin: 'M8 15C4 9 3 8 3 6a5 5 0 0 1 10 0c0 2-1 3-5 9z', roundRect: 'M5 2h6a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z',
};

function Mark({ cluster }: { cluster: number }) {
  const { name } = useTheme();
  const { colour, shape } = markOf(cluster, name);
  return <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d={paths[shape]} fill={colour} /></svg>;
}

function Groups({ clusters, chosen, nameOf, address }: {
  clusters: Cluster[];
  chosen: number | null;
  nameOf: (cluster: number) => string;
  address: (cluster: number) => string;
}) {
  const { t, format } = useLocale();
  return (
    <ul className="groups">
      {clusters.map((one) => (
        <li key={one.cluster} className={one.cluster === chosen ? 'chosen' : undefined}>
          <Link to={address(one.cluster)} replace aria-current={one.cluster === chosen ? 'true' : undefined} preventScrollReset>
            <Mark cluster={one.cluster} /> <b>{one.cluster}</b> {nameOf(one.cluster)}
          </Link>
          <small>
            {t('clusters.size', { size: one.size, share: format.percent(one.share) })} ·{' '}
            <span title={t('clusters.stabilityHint')}>{t(`clusters.${steadiness(one.stability)}`, { value: format.fixed(2, false)(one.stability) })}</span>
          </small>
        </li>
      ))}
    </ul>
  );
}

function Found({ report, features }: { report: ClusterReport; features: Feature[] }) {
  const { t, language, format } = useLocale();
  const [params, setParams] = useSearchParams();
  const asked = Number(params.get('cluster'));
  const chosen = report.clusters.find((one) => one.cluster === asked) ?? null;
  const nameOf = useCallback(
    (cluster: number) => {
      const one = report.clusters.find((candidate) => candidate.cluster === cluster);
      return one ? (language === 'zh' ? one.nameZh : one.name) : '';
    },
    [report, language],
  );
  const featureName = useCallback(
    (name: string) => {
      const feature = features.find((one) => one.name === name);
      return feature ? plainFeature(feature, t, language) : name;
    },
    [features, t, language],
  );
  const address = (cluster: number) => `?${new URLSearchParams({ ...Object.fromEntries(params), cluster: String(cluster) }).toString()}`;
  const choose = useCallback((cluster: number) => setParams((now) => {
    const next = new URLSearchParams(now);
    next.set('cluster', String(cluster));
    return next;
  }), [setParams]);
  const largest = [...report.clusters].sort((a, b) => b.size - a.size)[0]!;
  const { continues } = report;
  return (
    <>
      <Answer
        sentence={
          report.clusters.length === 1
            ? t('clusters.sentenceOne', { people: report.people })
            : t('clusters.sentence', { k: report.clusters.length, people: report.people, share: format.percent(largest.share), name: nameOf(largest.cluster) })
        }
        note={
          <>
            {t(`clusters.basis.${report.basis}`)}{t('ui.gap')}
            {report.clusters.length > 1 && t('clusters.stability', { resamples: report.stabilityResamples, rand: format.fixed(2, false)(report.adjustedRandBootstrap) })}{t('ui.gap')}
            {t(report.people < report.known ? 'clusters.sampled' : 'clusters.all', { people: report.people, known: report.known, time: format.dateTime(report.asOf) })}{t('ui.gap')}
            {continues && t('clusters.continues', {
              version: continues.version,
              kept: continues.kept,
              moved: format.percent(continues.peopleAgain > 0 ? continues.peopleMoved / continues.peopleAgain : 0),
            })}
          </>
        }
      >
        <div className="columns wide-left map-and-groups">
          <div>
            <MapChart report={report} chosen={chosen?.cluster ?? null} nameOf={nameOf} featureName={featureName} onChoose={choose} />
            <p className="note">
              {t('clusters.mapNote', { one: format.percent(report.axes[0]?.variance), two: format.percent(report.axes[1]?.variance) })}
            </p>
          </div>
          <div>
            <h2>{t('clusters.groups')}</h2>
            <Groups clusters={report.clusters} chosen={chosen?.cluster ?? null} nameOf={nameOf} address={address} />
          </div>
        </div>
      </Answer>
      {chosen && (
        <ClusterDetail cluster={chosen} version={report.version} title={t('clusters.group', { n: chosen.cluster })} featureName={featureName} />
      )}
      <Panel title={t('clusters.method')} note={t('clusters.methodNote')}>
        <p className="links">
          {report.features.map((name) => <Link key={name} to={`/features/${encodeURIComponent(name)}`}>{featureName(name)}</Link>)}
        </p>
      </Panel>
    </>
  );
}

export function Clusters() {
  const { t } = useLocale();
  const [params, setParams] = useSearchParams();
  const [k, setK] = useState(0);
  const version = params.get('version') ?? undefined;
  const { job, start } = useJob<ClustersData>('/v1/clusters', { version });
  const features = useGet<{ features: Feature[] }>('/v1/features').data?.features ?? [];
  const running = job.data?.state === 'running' || start.isPending;
  const find = () => {
    if (version) setParams({});
    start.mutate(k ? { k } : {});
  };
  const count = (
    <Select
      value={k}
      aria-label={t('clusters.k')}
      popupMatchSelectWidth={false}
      onChange={setK}
      options={[
        { value: 0, label: t('clusters.auto') },
        ...Array.from({ length: kMostAsked - 1 }, (_, at) => ({ value: at + 2, label: t('clusters.kOption', { k: at + 2 }) })),
      ]}
    />
  );
  const versions = job.data?.versions ?? [];
  return (
    <Page
      title={t('clusters.title')}
      question={t('clusters.question')}
      actions={job.data?.report && (
        <>
          {versions.length > 1 && (
            <Select
              aria-label={t('clusters.version')}
              value={job.data.report.version}
              popupMatchSelectWidth={false}
              options={[...versions].reverse().map((one) => ({ value: one, label: `${t('clusters.version')} ${one}` }))}
              onChange={(one: string) => setParams(one === versions[versions.length - 1] ? {} : { version: one })}
            />
          )}
          {count}
          <Button loading={running} onClick={find}>{t('clusters.findAgain')}</Button>
        </>
      )}
    >
      {start.error && (
        <Refused error={start.error} what="clusters.failed" className="alert-gap" />
      )}
      <Loaded query={job} rows={10}>
        {({ state, error, report }) => (
          <>
            {state === 'failed' && error && (
              <Refused error={error} what="clusters.failed" className="alert-gap" />
            )}
            {state === 'running' && <Alert type="info" showIcon className="alert-gap" role="status" message={t('clusters.running')} />}
            {report
              ? <Found report={report} features={features} />
              : (
                <Empty title={t('clusters.empty')} action={<div className="row">{count}<Button type="primary" loading={running} onClick={find}>{t('clusters.find')}</Button></div>}>
                  {t('clusters.emptyHint')}
                </Empty>
              )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
