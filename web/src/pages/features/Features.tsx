import { Link } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Feature, FeatureSurvey } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { DataTable, type Column } from '../../ui/DataTable';
import { plainFeature, plainWindow } from '../../ui/feature';
import { Answer, Page, Panel } from '../../ui/Page';
import { Empty, Loaded } from '../../ui/State';
import { Histogram } from './Histogram';
import { Parity } from './Parity';
import { decides, exactnessKey, filledShare, usersOf } from './spread';

export function useWindowText(): (feature: Feature) => string {
  const { t } = useLocale();
  return (feature) => {
    if (feature.derived) return t('features.windowDerived');
    return feature.window === 'lifetime' ? t('features.windowLifetime') : plainWindow(feature.window, t);
  };
}

export function useExactness(): (feature: Feature) => string {
  const { t } = useLocale();
  return (feature) => {
    const key = exactnessKey(feature);
    return key ? t(key) : (feature.algebra?.exactness ?? '–');
  };
}

function useUsers(): (feature: Feature) => string {
  const { t } = useLocale();
  return ({ usedBy }) => {
    const kinds = ['models', 'segments', 'placements', 'features'] as const;
    const parts = kinds.filter((kind) => usedBy[kind].length > 0).map((kind) => t(`features.usedBy.${kind}`, { n: usedBy[kind].length }));
    return parts.join(' · ') || t('features.unused');
  };
}

function useColumns(survey: FeatureSurvey | undefined): Column<Feature>[] {
  const { t, language, format } = useLocale();
  const windowOf = useWindowText();
  const exactnessOf = useExactness();
  const users = useUsers();
  const spreads = new Map(survey?.features.map((one) => [one.name, one]));
  const filled = (row: Feature) => {
    const spread = spreads.get(row.name);
    return spread ? filledShare(spread.now) : null;
  };
  return [
    {
      key: 'name',
      title: t('features.name'),
      cell: (row) => `${plainFeature(row, t, language)} ${row.name}`,
      show: (row) => (
        <span className="feature-name">
          <Link to={`/features/${encodeURIComponent(row.name)}`}>{plainFeature(row, t, language)}</Link>
          <small className="code-name">{row.name}</small>
        </span>
      ),
    },
    {
      key: 'spread',
      title: t('features.spread'),
      cell: () => null,
      show: (row) => {
        const spread = spreads.get(row.name);
        return spread ? <Histogram spread={spread} name={plainFeature(row, t, language)} /> : null;
      },
    },
    {
      key: 'p50',
      title: t('features.middle'),
      number: true,
      cell: (row) => spreads.get(row.name)?.now.p50,
      show: (row) => spreads.get(row.name)?.levels[0]?.value.slice(0, 24) ?? format.significant(spreads.get(row.name)?.now.p50),
    },
    { key: 'filled', title: t('features.filled'), number: true, cell: filled, show: (row) => format.percent(filled(row)) },
    { key: 'used', title: t('features.used'), cell: usersOf, show: (row) => <span className="wrap short">{users(row)}</span> },
    { key: 'window', title: t('features.window'), cell: windowOf, hidden: true },
    { key: 'exactness', title: t('features.exactness'), cell: exactnessOf, show: (row) => <span className="wrap short">{exactnessOf(row)}</span> },
    {
      key: 'state',
      title: t('features.state'),
      cell: (row) => t(row.frozen ? 'features.frozen' : 'features.open'),
      show: (row) => <span className={row.frozen ? 'lock' : 'quiet'} title={row.frozenBy.join(', ')}>{t(row.frozen ? 'features.frozen' : 'features.open')}</span>,
    },
    { key: 'aggregate', title: t('features.aggregate'), cell: (row) => row.aggregate, show: (row) => <code>{row.aggregate}</code>, hidden: true },
    { key: 'owner', title: t('features.owner'), cell: (row) => row.owner, hidden: true },
    { key: 'purpose', title: t('features.purpose'), cell: (row) => row.purpose, hidden: true },
    { key: 'version', title: t('features.version'), number: true, cell: (row) => row.version, hidden: true },
    { key: 'file', title: t('features.declared'), cell: (row) => `${row.file}:${row.line}`, hidden: true },
  ];
}

export function Features() {
  const { t, format } = useLocale();
  const features = useGet<{ features: Feature[] }>('/v1/features');
  const survey = useGet<FeatureSurvey>('/v1/feature-survey');
  const columns = useColumns(survey.data);
  return (
    <Page title={t('features.title')} question={t('features.question')}>
      <Loaded query={features} rows={10}>
        {({ features: rows }) => {
          if (rows.length === 0) return <Empty title={t('features.empty')}>{t('features.emptyHint')}</Empty>;
          return (
            <>
              <Answer
                sentence={t('features.sentence', { n: rows.length, used: rows.filter(decides).length })}
                note={survey.data && (
                  <>
                    {t(survey.data.sampled < survey.data.people ? 'features.sample' : 'features.sampleAll', {
                      sampled: survey.data.sampled,
                      people: survey.data.people,
                      time: format.dateTime(survey.data.asOf),
                    })}{t('ui.gap')}
                    {survey.data.quiet && t('features.quiet')}
                  </>
                )}
              />
              <Panel title={t('features.title')}>
                <DataTable name="features" label={t('features.title')} rows={rows} rowKey={(row) => row.name} columns={columns} />
              </Panel>
              <Parity />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
