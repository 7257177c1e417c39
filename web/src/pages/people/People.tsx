import { Input } from 'antd';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router-dom';

import { api, type ApiError } from '../../api/client';
import { useGet } from '../../api/live';
import type { Overview, ProfileList, ProfileSummary } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { DataTable, type Column } from '../../ui/DataTable';
import { Answer, Page, Panel } from '../../ui/Page';
import { Empty, Failure, Loading } from '../../ui/State';

const kPage = 50;

export function People() {
  const { t, format } = useLocale();
  const [params, setParams] = useSearchParams();
  const search = params.get('search') ?? '';
  const overview = useGet<Overview>('/v1/overview');
  const people = useInfiniteQuery<ProfileList, ApiError>({
    queryKey: ['/v1/profiles', search],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      api.get<ProfileList>('/v1/profiles', { search, limit: kPage, cursor: String(pageParam) }, signal),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = people.data?.pages.flatMap((page) => page.profiles) ?? [];
  const columns: Column<ProfileSummary>[] = [
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
          {row.identifiers.slice(0, 3).map((one) => (
            <span key={`${one.kind}:${one.value}`}><small>{one.kind}</small> {one.value}</span>
          ))}
          {row.identifiers.length > 3 && <small>+{row.identifiers.length - 3}</small>}
        </span>
      ),
    },
    { key: 'events', title: t('people.events'), number: true, cell: (row) => row.events, show: (row) => format.integer(row.events) },
    { key: 'lastSeen', title: t('people.lastSeen'), cell: (row) => row.lastSeen, show: (row) => format.dateTime(row.lastSeen) },
    { key: 'id', title: t('people.profileId'), hidden: true, cell: (row) => row.id },
  ];
  return (
    <Page title={t('people.title')} question={t('people.question')}>
      <Answer
        sentence={overview.data
          ? t('people.sentence', { people: overview.data.totals.people, events: overview.data.totals.events })
          : ' '}
      >
        <Input.Search
          key={search}
          size="large"
          allowClear
          autoFocus
          defaultValue={search}
          className="people-search"
          placeholder={t('people.searchHint')}
          aria-label={t('people.search')}
          enterButton={t('people.search')}
          onSearch={(text) => setParams(text.trim() ? { search: text.trim() } : {})}
        />
      </Answer>
      <Panel title={t(search ? 'people.found' : 'people.recent')}>
        {people.isPending && <Loading rows={8} />}
        {people.error && <Failure error={people.error} onRetry={() => void people.refetch()} />}
        {people.data && (
          <DataTable
            name="people"
            label={t('people.title')}
            rows={rows}
            rowKey={(row) => row.id}
            columns={columns}
            onMore={people.hasNextPage ? () => void people.fetchNextPage() : undefined}
            loadingMore={people.isFetchingNextPage}
            empty={
              search ? (
                <Empty title={t('people.none', { search })}>{t('people.noneHint')}</Empty>
              ) : (
                <Empty title={t('people.empty')}>{t('people.emptyHint')}</Empty>
              )
            }
          />
        )}
      </Panel>
    </Page>
  );
}
