import { Alert, Button, Drawer, Modal, Select } from 'antd';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, type ApiError } from '../../api/client';
import type { Quarantine as QuarantineData, QuarantineRecord, QuarantineResult } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { DataTable, type Column } from '../../ui/DataTable';
import { Panel } from '../../ui/Page';
import { Empty, Failure, Loading } from '../../ui/State';
import { reasonKey } from './intake';

interface QuarantineProps {
  code: string;
  source: string;
  sources: string[];
  onChoose: (chosen: { code?: string; source?: string }) => void;
}

interface Change {
  kind: 'replay' | 'dismiss';
  selection: { positions: number[] } | { code: string };
}

const kPage = 20;

export function Quarantine({ code, source, sources, onChoose }: QuarantineProps) {
  const { t, format } = useLocale();
  const client = useQueryClient();
  const [opened, setOpened] = useState<QuarantineRecord>();
  const [asked, setAsked] = useState<Change>();
  const records = useInfiniteQuery<QuarantineData, ApiError>({
    queryKey: ['/v1/quarantine', code, source],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      api.get<QuarantineData>('/v1/quarantine', { code, source, limit: kPage, before: String(pageParam) }, signal),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const change = useMutation<QuarantineResult, ApiError, Change>({
    mutationFn: (wanted) => api.post(`/v1/quarantine/${wanted.kind}`, wanted.selection),
    onSettled: () => {
      setAsked(undefined);
      setOpened(undefined);
      return client.invalidateQueries();
    },
  });
  const reasonOf = (one: string) => {
    const key = reasonKey(one);
    return key ? `${t(key)} (${one})` : one;
  };
  const first = records.data?.pages[0];
  const rows = records.data?.pages.flatMap((page) => page.records) ?? [];
  const whereOf = (row: QuarantineRecord) =>
    [
      row.file !== null && row.line !== null ? t('data.line', { file: row.file, line: String(row.line) }) : row.file,
      row.field ? t('data.fieldIs', { field: row.field }) : null,
    ].filter(Boolean).join(', ');
  // What opens a record stands first, in sight however narrow the window is.
  const columns: Column<QuarantineRecord>[] = [
    {
      key: 'raw',
      title: t('data.raw'),
      cell: (row) => row.raw,
      show: (row) => <Button size="small" onClick={() => setOpened(row)}>{t('data.showRaw')}</Button>,
    },
    { key: 'time', title: t('data.time'), cell: (row) => row.time, line: true, show: (row) => format.dateTime(row.time) },
    { key: 'source', title: t('data.source'), cell: (row) => row.source },
    { key: 'code', title: t('data.reason'), cell: (row) => reasonOf(row.code) },
    { key: 'message', title: t('data.message'), cell: (row) => row.message, show: (row) => <span className="wrap">{row.message}</span> },
    { key: 'where', title: t('data.where'), cell: whereOf },
  ];
  const chosenCount = first?.byCode.find((one) => one.code === code)?.count ?? 0;
  const asking = asked && 'code' in asked.selection
    ? t('data.manyRecords', { n: chosenCount, code: asked.selection.code })
    : t('data.oneRecord');
  const chosen = Boolean(code || source);
  const empty = (
    <Empty title={t(chosen ? 'data.quarantineNoneHere' : 'data.quarantineEmpty')}>
      {t(chosen ? 'data.quarantineNoneHereHint' : 'data.quarantineEmptyHint')}
    </Empty>
  );
  return (
    <Panel id="quarantine" title={t('data.quarantine')} note={t('data.quarantineNote')}>
      {change.error && (
        <Alert type="error" showIcon message={t('data.changeFailed', { message: change.error.message, code: change.error.code })} />
      )}
      {change.data && (
        <Alert
          type="success"
          showIcon
          message={t('data.released', { released: change.data.released, refused: change.data.refused.length })}
        />
      )}
      {records.isPending && <Loading />}
      {records.error && <Failure error={records.error} onRetry={() => void records.refetch()} />}
      {first && first.open === 0 && !chosen && empty}
      {first && (first.open > 0 || chosen) && (
        <DataTable
          name="quarantine"
          label={t('data.quarantine')}
          rows={rows}
          rowKey={(row) => String(row.position)}
          columns={columns}
          empty={empty}
          onMore={records.hasNextPage ? () => void records.fetchNextPage() : undefined}
          loadingMore={records.isFetchingNextPage}
          tools={
            <>
              <Select
                value={code}
                aria-label={t('data.byReason')}
                popupMatchSelectWidth={false}
                onChange={(value) => onChoose({ code: value })}
                options={[
                  { value: '', label: `${t('data.allReasons')} (${format.integer(first.open)})` },
                  ...first.byCode.map((one) => ({ value: one.code, label: `${reasonOf(one.code)}: ${format.integer(one.count)}` })),
                ]}
              />
              <Select
                value={source}
                aria-label={t('data.source')}
                popupMatchSelectWidth={false}
                onChange={(value) => onChoose({ source: value })}
                options={[{ value: '', label: t('data.allSources') }, ...sources.map((name) => ({ value: name, label: name }))]}
              />
              {code && (
                <>
                  <Button onClick={() => setAsked({ kind: 'replay', selection: { code } })}>{t('data.replayAll', { code })}</Button>
                  <Button danger onClick={() => setAsked({ kind: 'dismiss', selection: { code } })}>{t('data.dismissAll', { code })}</Button>
                </>
              )}
            </>
          }
        />
      )}
      <Drawer
        open={opened !== undefined}
        onClose={() => setOpened(undefined)}
        width="min(560px, 100vw)"
        title={t('data.record')}
        footer={
          opened && (
            <div className="row">
              <Button onClick={() => setAsked({ kind: 'replay', selection: { positions: [opened.position] } })}>{t('data.replay')}</Button>
              <Button danger onClick={() => setAsked({ kind: 'dismiss', selection: { positions: [opened.position] } })}>{t('data.dismiss')}</Button>
            </div>
          )
        }
      >
        {opened && (
          <>
            <p className="sentence">{opened.message}</p>
            <p className="quiet">{reasonOf(opened.code)} · {opened.source} · {format.dateTime(opened.time)} {whereOf(opened)}</p>
            <h3>{t('data.raw')}</h3>
            <pre className="raw">{opened.raw}</pre>
          </>
        )}
      </Drawer>
      <Modal
        open={asked !== undefined}
        title={asked && t(asked.kind === 'replay' ? 'data.replayTitle' : 'data.dismissTitle', { what: asking })}
        okText={t(asked?.kind === 'dismiss' ? 'data.dismiss' : 'data.replay')}
        okButtonProps={{ danger: asked?.kind === 'dismiss' }}
        cancelText={t('ui.cancel')}
        confirmLoading={change.isPending}
        onOk={() => asked && change.mutate(asked)}
        onCancel={() => setAsked(undefined)}
      >
        <p>{t(asked?.kind === 'dismiss' ? 'data.dismissTouches' : 'data.replayTouches')}</p>
      </Modal>
    </Panel>
  );
}
