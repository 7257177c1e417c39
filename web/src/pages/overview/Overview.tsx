import { Alert } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Overview as OverviewData, Placement, PlacementResult, Point } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { usePlacements } from '../../ui/actions';
import { Funnel } from '../../ui/Funnel';
import { plainName } from '../../ui/names';
import { Answer, Page, Panel, Stats } from '../../ui/Page';
import { Empty, Loaded } from '../../ui/State';
import { Whiskers } from '../../ui/Whiskers';
import { amountOf, estimateOf, headliner, isValueMetric, liftSentence, verdictOf } from './lift';
import { RateChart } from './RateChart';

function useOutcomeNames(): (placement: string) => string {
  const { t } = useLocale();
  const placements = useGet<{ placements: Placement[] }>('/v1/placements');
  return (name) => {
    const event = placements.data?.placements.find((placement) => placement.name === name)?.outcome.event;
    return event ? `“${event}”` : t('overview.outcome');
  };
}

function Comparison({ results }: { results: PlacementResult[] }) {
  const { t, language, format } = useLocale();
  const eventOf = useOutcomeNames();
  const { placementOf } = usePlacements();
  const placeName = (name: string) => {
    const placement = placementOf(name);
    return placement ? plainName(placement, language) : name;
  };
  const first = headliner(results);
  if (!first) return <Empty title={t('overview.none')}>{t('overview.noneHint')}</Empty>;
  const verdict = verdictOf(first.lift);
  const value = isValueMetric(first.metric);
  // One axis has one unit: only comparisons in the headline's unit share the picture.
  const shown = results.filter((result) => isValueMetric(result.metric) === value);
  const rate = (arm: { rate: number }) => (value ? format.money(arm.rate) : format.percent(arm.rate));
  const gap = t('ui.gap');
  const notes: ReactNode[] = [];
  if (verdict === 'early') notes.push(t('overview.earlyNote'));
  else notes.push(t('overview.note', { people: first.holdout.people }));
  // One more person: a difference worth waiting for would have shown by now.
  if (first.lift.peopleNeeded === 1) notes.push(gap, t('overview.neededNone'));
  else if (first.lift.peopleNeeded > 1) notes.push(gap, t('overview.needed', { people: first.lift.peopleNeeded }));
  if (verdict !== 'early' && first.lift.relative !== null && first.lift.relativeAnytimeLow !== null) {
    notes.push(
      gap,
      t('overview.relative', {
        relative: format.signedPercent(first.lift.relative),
        low: format.signedPercent(first.lift.relativeAnytimeLow),
        high: format.signedPercent(first.lift.relativeAnytimeHigh),
      }),
    );
  }
  return (
    <Answer
      sentence={liftSentence(first, eventOf(first.placement), t, format)}
      note={notes}
      tone={verdict === 'better' ? 'good' : verdict === 'worse' ? 'bad' : 'open'}
    >
      {first.lift.srmAlarm && <Alert type="warning" showIcon className="alert-gap" message={t('overview.srm')} />}
      <Whiskers
        axis={value ? t('overview.axisValue') : t('overview.axis', { event: eventOf(first.placement) })}
        tick={(at) => (value ? format.moneyTick(at) : format.signedSignificant(at))}
        zero={t('overview.same')}
        rows={shown.map((result) => {
          const estimate = estimateOf(result);
          const amount = estimate ? amountOf(estimate, value, format) : String;
          return {
            key: result.placement,
            label: (
              <>
                <Link to={`/decisions?placement=${encodeURIComponent(result.placement)}`}>{placeName(result.placement)}</Link>
                <small>{t('overview.arms', { ai: rate(result.ai), holdout: rate(result.holdout) })}</small>
              </>
            ),
            estimate: estimate?.diff ?? null,
            low: estimate?.low ?? null,
            high: estimate?.high ?? null,
            text: estimate
              ? t('overview.row', { diff: amount(estimate.diff), low: amount(estimate.low), high: amount(estimate.high) })
              : t('overview.early.short'),
          };
        })}
      />
    </Answer>
  );
}

const latest = (points: Point[]) => points[points.length - 1]?.value ?? 0;

function Loop({ data }: { data: OverviewData }) {
  const { t, format } = useLocale();
  const { totals } = data;
  const rateOf = (points: Point[]) => t('overview.perSecond', { rate: format.significant(latest(points)) });
  return (
    <Panel title={t('overview.funnel')} note={t('overview.funnelNote')}>
      <Funnel
        stages={[
          {
            key: 'events',
            label: t('overview.events'),
            value: format.integer(totals.events),
            detail: rateOf(data.eventsPerSecond),
            to: '/data',
            flowing: latest(data.eventsPerSecond) > 0,
            side: totals.quarantined > 0
              ? { text: t('overview.quarantined', { n: totals.quarantined }), to: '/data#quarantine' }
              : undefined,
          },
          {
            key: 'people',
            label: t('overview.people'),
            value: format.integer(totals.people),
            detail: totals.people > 0
              ? t('overview.perPerson', { n: format.significant(totals.events / totals.people) })
              : undefined,
            to: '/people',
            flowing: latest(data.decisionsPerSecond) > 0,
          },
          {
            key: 'decisions',
            label: t('overview.decisions'),
            value: format.integer(totals.decisions),
            detail: rateOf(data.decisionsPerSecond),
            to: '/decisions',
            flowing: latest(data.decisionsPerSecond) > 0 && totals.outcomes > 0,
          },
          {
            key: 'outcomes',
            label: t('overview.outcomes'),
            value: format.integer(totals.outcomes),
            detail: totals.decisions > 0
              ? t('overview.ofDecisions', { share: format.percent(totals.outcomes / totals.decisions) })
              : undefined,
            to: '/decisions?outcome=yes',
          },
        ]}
      />
    </Panel>
  );
}

export function Overview() {
  const { t, format } = useLocale();
  const overview = useGet<OverviewData>('/v1/overview', { live: true });
  return (
    <Page title={t('overview.title')} question={t('overview.question')} liveAt={overview.dataUpdatedAt}>
      <Loaded query={overview} rows={10}>
        {(data) => (
          <>
            <Comparison results={data.placements} />
            <Loop data={data} />
            <div className="columns wide-left">
              <Panel title={t('overview.rate')} note={t('overview.rateNote')}>
                <RateChart events={data.eventsPerSecond} decisions={data.decisionsPerSecond} />
              </Panel>
              <Panel title={t('overview.speed')} note={t('overview.speedNote')}>
                <Stats
                  items={[
                    { label: t('overview.decideP50'), value: format.milliseconds(data.latency.decideP50Ms) },
                    { label: t('overview.decideP99'), value: format.milliseconds(data.latency.decideP99Ms) },
                    { label: t('overview.ingestP99'), value: format.milliseconds(data.latency.ingestP99Ms) },
                  ]}
                />
              </Panel>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}
