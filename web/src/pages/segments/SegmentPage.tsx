import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { Link, useParams } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { SegmentDetail } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { plainName } from '../../ui/names';
import { Answer, Page, Panel } from '../../ui/Page';
import { Empty, Loaded } from '../../ui/State';
import { HistoryChart } from './HistoryChart';
import { Overlap } from './Overlap';
import { Reactions } from './Reactions';
import { PeopleTable } from '../../ui/PeopleTable';

const kMembers = 50;

export function SegmentPage() {
  const { t, language, format } = useLocale();
  const { name = '' } = useParams();
  const path = `/v1/segments/${encodeURIComponent(name)}`;
  const found = useGet<SegmentDetail>(path, { query: { limit: kMembers }, live: true });
  return (
    <Page
      title={found.data ? plainName(found.data.segment, language) : name}
      question={t('segment.question')}
      crumbs={[{ title: t('segments.title'), to: '/segments' }]}
      liveAt={found.data ? found.dataUpdatedAt : undefined}
    >
      <Loaded query={found} rows={10}>
        {({ segment, members, overlap, history, reads }) => (
          <>
            <Answer
              sentence={t('segment.sentence', {
                size: segment.size, share: format.percent(segment.share), entered: segment.enteredToday, left: segment.leftToday,
              })}
              note={segment.mergedToday > 0 && t('segment.merged', { n: segment.mergedToday })}
            >
              <div className="columns">
                <div>
                  <h2>{t('segment.history')}</h2>
                  {history.length > 1 ? <HistoryChart days={history} size={segment.size} /> : <p className="quiet">{t('segment.historyShort')}</p>}
                </div>
                <div>
                  <h2>{t('segment.overlap')}</h2>
                  <Overlap overlap={overlap} />
                  {overlap.length > 0 && <p className="note">{t('segment.overlapNote')}</p>}
                </div>
              </div>
            </Answer>
            <Panel
              title={t('segment.rule')}
              tools={<Link to={`/segment-builder?${new URLSearchParams({ rule: segment.rule, from: segment.name }).toString()}`}>{t('segment.change')}</Link>}
            >
              <pre>{segment.rule}</pre>
              <p className="note links">
                {reads.features.map((feature) => <Link key={feature} to={`/features/${encodeURIComponent(feature)}`}>{feature}</Link>)}
                {segment.file && <span>{t('segments.declared')}: <code>{segment.file}</code></span>}
                {segment.owner && <span>{t('segments.owner')}: {segment.owner}</span>}
              </p>
            </Panel>
            <Reactions segment={segment.name} />
            <Panel
              title={t('segment.members')}
              note={segment.size > members.length ? t('segment.membersNote', { size: segment.size }) : undefined}
              tools={segment.size > 0 && (
                <Button size="small" icon={<DownloadOutlined />} href={`${path}/members.csv`} download>{t('segment.export')}</Button>
              )}
            >
              {members.length === 0 ? <Empty title={t('segment.empty')} /> : <PeopleTable people={members} name={segment.name} filterable />}
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  );
}
