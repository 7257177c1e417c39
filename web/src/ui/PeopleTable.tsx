import { Link } from 'react-router-dom';

import type { ProfileSummary } from '../api/types';
import { useLocale } from '../i18n/Locale';
import { DataTable, type Column } from './DataTable';

// People of a group, each opening; `since` when the group knows it.
export function PeopleTable({ people, name, filterable = false }: {
  people: (ProfileSummary & { since?: string })[];
  name: string;
  filterable?: boolean;
}) {
  const { t, format } = useLocale();
  const columns: Column<ProfileSummary & { since?: string }>[] = [
    {
      key: 'name',
      title: t('people.person'),
      cell: (row) => row.name ?? '',
      show: (row) => <Link to={`/people/${encodeURIComponent(row.id)}`}>{row.name ?? t('people.unnamed')}</Link>,
    },
    {
      key: 'identifiers',
      title: t('people.identifiers'),
      cell: (row) => row.identifiers.map((one) => `${one.kind}: ${one.value}`).join('; '),
      show: (row) => (
        <span className="identifiers">
          {row.identifiers.slice(0, 2).map((one) => (
            <span key={`${one.kind}:${one.value}`}><small>{one.kind}</small> {one.value}</span>
          ))}
          {row.identifiers.length > 2 && <small>+{row.identifiers.length - 2}</small>}
        </span>
      ),
    },
    ...(people.some((row) => row.since)
      ? [{ key: 'since', title: t('people.since'), cell: (row: { since?: string }) => row.since, show: (row: { since?: string }) => format.dateTime(row.since) }]
      : []),
    { key: 'events', title: t('people.events'), number: true, cell: (row) => row.events, show: (row) => format.integer(row.events) },
    { key: 'lastSeen', title: t('people.lastSeen'), cell: (row) => row.lastSeen, show: (row) => format.dateTime(row.lastSeen) },
    { key: 'id', title: t('people.profileId'), hidden: true, cell: (row) => row.id },
  ];
  return <DataTable name={name} label={t('people.title')} rows={people} rowKey={(row) => row.id} columns={columns} filterable={filterable} />;
}
