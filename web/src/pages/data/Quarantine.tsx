import { Alert, Button, Drawer, Modal, Select } from 'antd';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, type ApiError } from '../../api/client';
import type { Quarantine as QuarantineData, QuarantineRecord, QuarantineResult } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import type { Spoken } from '../../said/words';
import { DataTable, type Column } from '../../ui/DataTable';
import { Panel } from '../../ui/Page';
import { Original, Refused, useSaid } from '../../ui/Said';
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
const kReasonsShown = 5;
const kOverDrawer = 1100; // a question that was asked once before the record was opened lies under it otherwise

// What is wrong with a record; where the words for it say less than the server did, what it said stands under them.
function Wrong({ spoken }: { spoken: Spoken }) {
  return <span className="wrap">{spoken.text}{spoken.lacking && <><br /><small lang="en">{spoken.original}</small></>}</span>;
}

// Why records that were tried again stay: each reason once.
function RefusedAgain({ refused }: { refused: QuarantineResult['refused'] }) {
  const said = useSaid();
  const reasons = [...new Set(refused.map((one) => said(one).text))];
  if (reasons.length === 0) return null;
  return <ul className="refused-again">{reasons.slice(0, kReasonsShown).map((one) => <li key={one}>{one}</li>)}{reasons.length > kReasonsShown && <li>…</li>}</ul>;
}

export function Quarantine({ code, source, sources, onChoose }: QuarantineProps) {
  const { t, language, format } = useLocale();
  const said = useSaid();
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
  const named = (one: string) => {
    const key = reasonKey(one);
    return key ? t(key) : one;
  };
  const reasonOf = (one: string) => (reasonKey(one) ? `${named(one)} (${one})` : one);
  const first = records.data?.pages[0];
  const rows = records.data?.pages.flatMap((page) => page.records) ?? [];
  const whereOf = ({ file, line, field }: QuarantineRecord) => {
    const place = file !== null && line !== null ? t('data.line', { file, line: String(line) }) : file;
    if (!field) return place;
    return place ? t('data.whereField', { place, field }) : t('data.fieldIs', { field });
  };
  // What opens a record stands first and what is wrong with it second, in sight however narrow the window is.
  const columns: Column<QuarantineRecord>[] = [
    {
      key: 'raw',
      title: t('data.raw'),
      cell: (row) => row.raw,
      show: (row) => <Button size="small" onClick={() => setOpened(row)}>{t('data.showRaw')}</Button>,
    },
    { key: 'message', title: t('data.message'), cell: (row) => said(row).text, show: (row) => <Wrong spoken={said(row)} /> },
    { key: 'time', title: t('data.time'), cell: (row) => row.time, line: true, show: (row) => format.dateTime(row.time) },
    { key: 'source', title: t('data.source'), cell: (row) => row.source },
    { key: 'code', title: t('data.reason'), cell: (row) => reasonOf(row.code) },
    ...(language === 'en' ? [] : [{ key: 'original', title: t('said.original'), cell: (row: QuarantineRecord) => row.message, hidden: true }]),
    { key: 'where', title: t('data.where'), cell: whereOf },
  ];
  const chosenCount = first?.byCode.find((one) => one.code === code)?.count ?? 0;
  const asking = asked && 'code' in asked.selection
    ? t('data.manyRecords', { n: chosenCount, code: named(asked.selection.code) })
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
        <Refused error={change.error} what="data.changeFailed" />
      )}
      {change.data && (
        <Alert
          type={change.data.released > 0 ? 'success' : 'warning'}
          showIcon
          message={<>{t('data.released', { released: change.data.released, refused: change.data.refused.length })}<RefusedAgain refused={change.data.refused} /></>}
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
                  <Button onClick={() => setAsked({ kind: 'replay', selection: { code } })}>{t('data.replayAll', { code: named(code) })}</Button>
                  <Button danger onClick={() => setAsked({ kind: 'dismiss', selection: { code } })}>{t('data.dismissAll', { code: named(code) })}</Button>
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
            <p className="sentence">{said(opened).text}</p>
            <Original spoken={said(opened)} />
            <p className="quiet">{reasonOf(opened.code)} · {opened.source} · {format.dateTime(opened.time)} {whereOf(opened)}</p>
            <h3>{t('data.raw')}</h3>
            <pre className="raw">{opened.raw}</pre>
          </>
        )}
      </Drawer>
      <Modal
        open={asked !== undefined}
        zIndex={kOverDrawer}
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
