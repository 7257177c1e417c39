// One group: what sets it apart, its middle beside everybody's, and its people.
import { Link } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Cluster, ProfileList } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { DataTable, type Column } from '../../ui/DataTable';
import { Panel } from '../../ui/Page';
import { PeopleTable } from '../../ui/PeopleTable';
import { Loaded } from '../../ui/State';

const kPeople = 20;
const kTraits = 10;

type CentreRow = Cluster['centre'][number];

function Apart({ cluster, featureName }: { cluster: Cluster; featureName: (feature: string) => string }) {
  const { t, format } = useLocale();
  if (cluster.traits.length === 0) return <p className="quiet">{t('clusters.apartNone')}</p>;
  const largest = Math.max(...cluster.traits.map((trait) => Math.abs(trait.effect))) || 1;
  return (
    <ul className="reasons">
      {cluster.traits.slice(0, kTraits).map((trait) => {
        const more = trait.effect >= 0;
        const width = `${(Math.abs(trait.effect) / largest) * 50}%`;
        return (
          <li key={`${trait.feature}:${trait.en}`}>
            <span className="reason-name"><Link to={`/features/${encodeURIComponent(trait.feature)}`}>{featureName(trait.feature)}</Link></span>
            <span className="reason-bar" aria-hidden="true">
              <i className={more ? 'up' : 'down'} style={more ? { left: '50%', width } : { right: '50%', width }} />
            </span>
            <span className="reason-amount"><span aria-hidden="true">{more ? '▲' : '▼'}</span> {format.signedSignificant(trait.effect)}</span>
          </li>
        );
      })}
    </ul>
  );
}

export function ClusterDetail({ cluster, version, title, featureName }: {
  cluster: Cluster;
  version: string;
  title: string;
  featureName: (feature: string) => string;
}) {
  const { t, format } = useLocale();
  const people = useGet<{ size: number; people: ProfileList['profiles'] }>(`/v1/clusters/${cluster.cluster}/people`, { query: { version, limit: kPeople } });
  const figure = (key: 'median' | 'mean' | 'everybodyMedian' | 'everybodyMean', titleKey: 'clusters.here' | 'clusters.hereMean' | 'clusters.everybody' | 'clusters.everybodyMean'): Column<CentreRow> => ({
    key,
    title: t(titleKey),
    number: true,
    cell: (row) => row[key],
    show: (row) => (row.level !== null && (key === 'median' || key === 'mean') ? `${row.level} · ${format.percent(row.share)}` : format.significant(row[key])),
    hidden: key === 'mean' || key === 'everybodyMean',
  });
  return (
    <>
      <div className="columns">
        <Panel title={`${title} · ${t('clusters.apart')}`} note={t('clusters.apartNote')}>
          <Apart cluster={cluster} featureName={featureName} />
        </Panel>
        <Panel title={t('clusters.centre')}>
          <DataTable
            name={`cluster-${cluster.cluster}`}
            label={t('clusters.centre')}
            rows={cluster.centre}
            rowKey={(row) => row.feature}
            filterable={false}
            columns={[
              {
                key: 'feature',
                title: t('clusters.feature'),
                cell: (row) => featureName(row.feature),
                show: (row) => <span className="feature-name">{featureName(row.feature)}</span>,
              },
              figure('median', 'clusters.here'),
              figure('everybodyMedian', 'clusters.everybody'),
              figure('mean', 'clusters.hereMean'),
              figure('everybodyMean', 'clusters.everybodyMean'),
            ]}
          />
        </Panel>
      </div>
      <Panel title={`${title} · ${t('clusters.people')}`} note={cluster.size > kPeople ? t('clusters.peopleNote', { size: cluster.size }) : undefined}>
        <Loaded query={people}>{(found) => <PeopleTable people={found.people} name={`cluster-${cluster.cluster}-people`} filterable />}</Loaded>
      </Panel>
    </>
  );
}
