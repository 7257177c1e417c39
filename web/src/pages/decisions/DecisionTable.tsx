import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';

import type { DecisionSummary } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { usePlacements } from '../../ui/actions';
import { DataTable, type Column } from '../../ui/DataTable';
import { plainName } from '../../ui/names';
import { policyName } from '../../ui/policy';

interface DecisionTableProps {
  decisions: DecisionSummary[];
  name: string;
  withPerson?: boolean;
  tools?: ReactNode;
  empty?: ReactNode;
  onMore?: () => void;
  loadingMore?: boolean;
}

export function DecisionTable({ decisions, withPerson = true, ...rest }: DecisionTableProps) {
  const { t, language, format } = useLocale();
  const { actionName, placementOf } = usePlacements();
  const placementName = (name: string) => {
    const placement = placementOf(name);
    return placement ? plainName(placement, language) : name;
  };
  const named = (row: DecisionSummary) => row.actions.map((action) => actionName(row.placement, action.id)).join(', ');
  // One placement everywhere would only make the rows tall.
  const alike = new Set(decisions.map((row) => row.placement)).size === 1;
  const columns: Column<DecisionSummary>[] = [
    {
      key: 'time',
      title: t('decisions.time'),
      line: true,
      cell: (row) => row.time,
      show: (row) => <Link to={`/decisions/${encodeURIComponent(row.id)}`}>{format.dateTime(row.time)}</Link>,
    },
    { key: 'placement', title: t('decisions.placement'), hidden: alike, cell: (row) => placementName(row.placement) },
    { key: 'action', title: t('decisions.action'), cell: named },
    {
      key: 'policy',
      title: t('decisions.policy'),
      cell: (row) => t(policyName[row.policy]),
      show: (row) => <span className={`policy ${row.policy}`}>{t(policyName[row.policy])}</span>,
    },
    {
      key: 'score',
      title: t('decisions.score'),
      number: true,
      hidden: true,
      cell: (row) => row.actions[0]?.score,
      show: (row) => (row.model ? format.percent(row.actions[0]?.score) : '–'),
    },
    {
      key: 'propensity',
      title: t('decisions.propensity'),
      number: true,
      cell: (row) => row.actions[0]?.propensity,
      show: (row) => format.percent(row.actions[0]?.propensity),
    },
    {
      key: 'outcome',
      title: t('decisions.outcome'),
      number: true,
      cell: (row) => row.outcomes,
      show: (row) => (row.outcomes ? <span className="yes">✓ {format.integer(row.outcomes)}</span> : '–'),
    },
    { key: 'reward', title: t('decisions.reward'), number: true, hidden: true, cell: (row) => row.reward },
    { key: 'model', title: t('decisions.model'), hidden: true, cell: (row) => row.modelVersion },
    {
      key: 'person',
      title: t('decisions.person'),
      hidden: !withPerson,
      cell: (row) => row.profileId,
      show: (row) =>
        row.profileId === null ? (
          <span className="quiet">{t('decisions.unknown')}</span>
        ) : (
          <Link className="id" to={`/people/${encodeURIComponent(row.profileId)}`}>{row.profileId.slice(0, 10)}…</Link>
        ),
    },
    { key: 'id', title: t('decisions.id'), hidden: true, cell: (row) => row.id },
  ];
  return (
    <DataTable
      {...rest}
      label={t('decisions.title')}
      rows={decisions}
      rowKey={(row) => row.id}
      columns={columns}
    />
  );
}
