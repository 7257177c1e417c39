import { Input } from 'antd';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router-dom';

import { api, type ApiError } from '../../api/client';
import { useGet } from '../../api/live';
import type { Overview, ProfileList } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Answer, Page, Panel } from '../../ui/Page';
import { PeopleTable } from '../../ui/PeopleTable';
import { Empty, Failure, Loading } from '../../ui/State';

const kPage = 50;

export function People() {
  const { t } = useLocale();
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
          <PeopleTable
            name="people"
            people={rows}
            identifiers={3}
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
