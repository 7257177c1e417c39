import { Button, Select } from 'antd';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router-dom';

import { api, type ApiError } from '../../api/client';
import { useGet } from '../../api/live';
import type { DecisionList, DecisionSummary, Overview } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { usePlacements } from '../../ui/actions';
import { shareInterval } from '../../ui/interval';
import { Answer, Page, Panel } from '../../ui/Page';
import { policies, policyName } from '../../ui/policy';
import { Empty, Failure, Loading } from '../../ui/State';
import { DecisionTable } from './DecisionTable';

const kPage = 50;

// How the decisions in sight were chosen, as one bar in three parts.
function Mix({ decisions }: { decisions: DecisionSummary[] }) {
  const { t, format } = useLocale();
  if (decisions.length === 0) return null;
  const parts = policies
    .map((policy) => ({ policy, n: decisions.filter((decision) => decision.policy === policy).length }))
    .filter((part) => part.n > 0);
  return (
    <figure className="mix">
      <figcaption className="note">{t('decisions.mix', { n: decisions.length })}</figcaption>
      <div className="mix-bar" aria-hidden="true">
        {parts.map(({ policy, n }) => <i key={policy} className={policy} style={{ flexGrow: n }} />)}
      </div>
      <ul>
        {parts.map(({ policy, n }) => (
          <li key={policy}>
            <i className={policy} aria-hidden="true" />
            {t('decisions.mixLabel', { policy: t(policyName[policy]), n, share: format.percent(n / decisions.length) })}
          </li>
        ))}
      </ul>
    </figure>
  );
}

// Outcomes per decision over all placements. People, not decisions, are the independent draws: one person's many
// decisions count as one, which keeps the interval honest.
function useSentence(): string {
  const { t, format } = useLocale();
  const overview = useGet<Overview>('/v1/overview').data;
  if (!overview) return ' ';
  const { decisions, outcomes } = overview.totals;
  const arms = overview.placements.flatMap((result) => [result.ai, result.holdout]);
  const people = arms.reduce((sum, arm) => sum + arm.people, 0);
  const share = decisions > 0 ? Math.min(1, outcomes / decisions) : 0;
  const { low, high } = shareInterval(share, people);
  return t('decisions.sentence', {
    decisions,
    share: decisions > 0 ? format.percent(share) : '–',
    low: format.percent(low),
    high: format.percent(high),
  });
}

export function Decisions() {
  const { t } = useLocale();
  const { placements } = usePlacements();
  const [params, setParams] = useSearchParams();
  const placement = params.get('placement') ?? '';
  const policy = params.get('policy') ?? '';
  const outcome = params.get('outcome') ?? '';
  const choose = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    setParams(next);
  };
  const ledger = useInfiniteQuery<DecisionList, ApiError>({
    queryKey: ['/v1/decisions', placement, policy],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      api.get<DecisionList>('/v1/decisions', { placement, policy, limit: kPage, before: String(pageParam) }, signal),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const all = ledger.data?.pages.flatMap((page) => page.decisions) ?? [];
  const rows = outcome ? all.filter((row) => row.outcomes > 0 === (outcome === 'yes')) : all;
  return (
    <Page title={t('decisions.title')} question={t('decisions.question')}>
      <Answer sentence={useSentence()}>
        <Mix decisions={rows} />
      </Answer>
      <Panel title={t('decisions.ledger')}>
        {ledger.isPending && <Loading rows={10} />}
        {ledger.error && <Failure error={ledger.error} onRetry={() => void ledger.refetch()} />}
        {ledger.data && (
          <DecisionTable
            decisions={rows}
            name="decisions"
            onMore={ledger.hasNextPage ? () => void ledger.fetchNextPage() : undefined}
            loadingMore={ledger.isFetchingNextPage}
            empty={<Empty title={t('decisions.empty')}>{t('decisions.emptyHint')}</Empty>}
            tools={
              <>
                <Select
                  value={placement}
                  aria-label={t('decisions.placement')}
                  onChange={(value) => choose('placement', value)}
                  popupMatchSelectWidth={false}
                  options={[
                    { value: '', label: t('decisions.anyPlacement') },
                    ...placements.map((one) => ({ value: one.name, label: one.name })),
                  ]}
                />
                <Select
                  value={policy}
                  aria-label={t('decisions.policy')}
                  onChange={(value) => choose('policy', value)}
                  popupMatchSelectWidth={false}
                  options={[
                    { value: '', label: t('decisions.anyPolicy') },
                    ...policies.map((one) => ({ value: one as string, label: t(policyName[one]) })),
                  ]}
                />
                <Select
                  value={outcome}
                  aria-label={t('decisions.outcome')}
                  onChange={(value) => choose('outcome', value)}
                  popupMatchSelectWidth={false}
                  options={[
                    { value: '', label: t('decisions.anyOutcome') },
                    { value: 'yes', label: t('decisions.withOutcome') },
                    { value: 'no', label: t('decisions.withoutOutcome') },
                  ]}
                />
                <Button onClick={() => void ledger.refetch()} loading={ledger.isRefetching}>{t('decisions.refresh')}</Button>
              </>
            }
          />
        )}
      </Panel>
    </Page>
  );
}
