// Whether the live values are those a training set would hold: the last measurement, and the button that makes a new one.
import { Button } from 'antd';
import { Link } from 'react-router-dom';

import { useJob } from '../../api/job';
import type { FeatureParity } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Panel } from '../../ui/Page';
import { Refused } from '../../ui/Said';
import { Loaded } from '../../ui/State';

type Report = NonNullable<FeatureParity['report']>;

function Verdict({ report, feature }: { report: Report; feature?: string }) {
  const { t, format } = useLocale();
  if (feature === undefined) {
    const same = report.different === 0;
    return (
      <p className={same ? 'verdict same' : 'verdict different'}>
        {same
          ? t('features.paritySame', { values: report.values, people: report.people })
          : t('features.parityDifferent', { different: report.different, values: report.values })}
      </p>
    );
  }
  const one = report.features.find((row) => row.name === feature);
  if (!one) return <p className="quiet">{t('features.parityAbsent')}</p>;
  return (
    <p className={one.different === 0 ? 'verdict same' : 'verdict different'}>
      {t('features.parityOne', { values: one.values, different: one.different })}{' '}
      {one.example && (
        <>
          {t('features.differs')} <Link to={`/people/${one.example}?feature=${encodeURIComponent(feature)}`}>{one.example}</Link>{' '}
          {one.largestDifference !== null && <small>{format.significant(one.largestDifference)}</small>}
        </>
      )}
    </p>
  );
}

export function Parity({ feature }: { feature?: string }) {
  const { t, format } = useLocale();
  const { job, start } = useJob<FeatureParity>('/v1/feature-parity');
  const running = job.data?.state === 'running' || start.isPending;
  return (
    <Panel
      title={t('features.parity')}
      note={t('features.parityNote')}
      tools={
        <Button size="small" loading={running} disabled={!job.data} onClick={() => start.mutate({})}>
          {t(job.data?.report ? 'features.measureAgain' : 'features.measure')}
        </Button>
      }
    >
      {start.error && (
        <Refused error={start.error} what="features.parityFailed" className="alert-gap" />
      )}
      <Loaded query={job} rows={2}>
        {({ state, error, report, made, seconds }) => (
          <>
            {state === 'failed' && error && (
              <Refused error={error} what="features.parityFailed" className="alert-gap" />
            )}
            {state === 'running' && <p role="status">{t('features.parityRunning')}</p>}
            {!report && state === 'never' && <p className="quiet">{t('features.parityNever')}</p>}
            {report && (
              <>
                <Verdict report={report} feature={feature} />
                <p className="note">
                  {t('features.parityMade', { time: format.dateTime(made), records: report.records, seconds: format.significant(seconds) })}
                </p>
                {feature === undefined && report.different > 0 && (
                  <ul className="plain-list">
                    {report.features.filter((row) => row.different > 0).map((row) => (
                      <li key={row.name}>
                        <Link to={`/features/${encodeURIComponent(row.name)}`}>{row.name}</Link> {format.integer(row.different)}
                      </li>
                    ))}
                  </ul>
                )}
              </>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  );
}
