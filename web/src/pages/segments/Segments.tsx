import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { Link, useNavigate } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Segment, SegmentList } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Bars } from '../../ui/Bars';
import { DataTable, type Column } from '../../ui/DataTable';
import { plainName } from '../../ui/names';
import { Answer, Page, Panel } from '../../ui/Page';
import { Empty, Loaded } from '../../ui/State';

const kMostBars = 10;

function useColumns(rows: Segment[]): Column<Segment>[] {
  const { t, language, format } = useLocale();
  return [
    {
      key: 'name',
      title: t('segments.name'),
      cell: (row) => `${plainName(row, language)} ${row.name}`,
      show: (row) => {
        const plain = plainName(row, language);
        return (
          <span className="feature-name">
            <Link to={`/segments/${encodeURIComponent(row.name)}`}>{plain}</Link>
            {plain !== row.name && <small className="code-name">{row.name}</small>}
          </span>
        );
      },
    },
    { key: 'rule', title: t('segments.rule'), cell: (row) => row.rule, show: (row) => <code className="wrap rule-cell">{row.rule}</code> },
    { key: 'size', title: t('segments.size'), number: true, cell: (row) => row.size, show: (row) => format.integer(row.size) },
    { key: 'share', title: t('segments.share'), number: true, cell: (row) => row.share, show: (row) => format.percent(row.share) },
    { key: 'entered', title: t('segments.entered'), number: true, cell: (row) => row.enteredToday, show: (row) => format.integer(row.enteredToday) },
    { key: 'left', title: t('segments.left'), number: true, cell: (row) => row.leftToday, show: (row) => format.integer(row.leftToday) },
    { key: 'merged', title: t('segments.merged'), number: true, cell: (row) => row.mergedToday, show: (row) => format.integer(row.mergedToday), hidden: rows.every((row) => row.mergedToday === 0) },
    { key: 'owner', title: t('segments.owner'), cell: (row) => row.owner, hidden: true },
    { key: 'file', title: t('segments.declared'), cell: (row) => row.file, hidden: true },
  ];
}

export function Segments() {
  const { t, language, format } = useLocale();
  const segments = useGet<SegmentList>('/v1/segments', { live: true });
  const columns = useColumns(segments.data?.segments ?? []);
  const navigate = useNavigate();
  const build = <Button type="primary" icon={<PlusOutlined />} onClick={() => navigate('/segment-builder')}>{t('segments.build')}</Button>;
  return (
    <Page title={t('segments.title')} question={t('segments.question')} liveAt={segments.data ? segments.dataUpdatedAt : undefined} actions={build}>
      <Loaded query={segments} rows={8}>
        {({ segments: rows, people, live }) => {
          if (rows.length === 0) return <Empty title={t('segments.none')} action={build}>{t('segments.noneHint')}</Empty>;
          const bySize = [...rows].sort((a, b) => b.size - a.size);
          return (
            <>
              <Answer
                sentence={t('segments.sentence', {
                  n: rows.length, people, name: plainName(bySize[0]!, language), share: format.percent(bySize[0]!.share),
                })}
                note={live ? undefined : t('segments.counting')}
              >
                <Bars
                  bars={bySize.slice(0, kMostBars).map((row) => ({
                    key: row.name,
                    name: <Link to={`/segments/${encodeURIComponent(row.name)}`}>{plainName(row, language)}</Link>,
                    amount: row.size,
                    text: `${format.integer(row.size)} · ${format.percent(row.share)}`,
                  }))}
                />
              </Answer>
              <Panel title={t('segments.title')}>
                <DataTable name="segments" label={t('segments.title')} rows={rows} rowKey={(row) => row.name} columns={columns} />
              </Panel>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
