import type { ComponentProps } from 'react';
import { Link } from 'react-router-dom';

import type { ProfileSummary } from '../api/types';
import { useLocale } from '../i18n/Locale';
import { DataTable, type Column } from './DataTable';
import { personName } from './names';

type Person = ProfileSummary & { since?: string };

// People, each opening; `since` when the group knows it. The rest is the table's.
export function PeopleTable({ people, identifiers = 2, ...table }: {
  people: Person[];
  identifiers?: number;
} & Omit<ComponentProps<typeof DataTable<Person>>, 'label' | 'rows' | 'rowKey' | 'columns'>) {
  const { t, format } = useLocale();
  const columns: Column<Person>[] = [
    {
      key: 'name',
      title: t('people.person'),
      cell: (row) => row.name ?? '',
      show: (row) => <Link to={`/people/${encodeURIComponent(row.id)}`}>{personName({ name: row.name, identifiers: [] }, t('people.unnamed'))}</Link>,
    },
    {
      key: 'identifiers',
      title: t('people.identifiers'),
      cell: (row) => row.identifiers.map((one) => `${one.kind}: ${one.value}`).join('; '),
      show: (row) => (
        <span className="identifiers">
          {row.identifiers.slice(0, identifiers).map((one) => (
            <span key={`${one.kind}:${one.value}`}><small>{one.kind}</small> {one.value}</span>
          ))}
          {row.identifiers.length > identifiers && <small>+{row.identifiers.length - identifiers}</small>}
        </span>
      ),
    },
    ...(people.some((row) => row.since)
      ? [{ key: 'since', title: t('people.since'), line: true, cell: (row: Person) => row.since, show: (row: Person) => format.dateTime(row.since) }]
      : []),
    { key: 'events', title: t('people.events'), number: true, cell: (row) => row.events, show: (row) => format.integer(row.events) },
    { key: 'lastSeen', title: t('people.lastSeen'), line: true, cell: (row) => row.lastSeen, show: (row) => format.dateTime(row.lastSeen) },
    { key: 'id', title: t('people.profileId'), hidden: true, cell: (row) => row.id },
  ];
  return <DataTable label={t('people.title')} rows={people} rowKey={(row) => row.id} columns={columns} {...table} />;
}
