// The versions of a model, and the two changes one may make: let another decide, or go back. Both say what they touch.
import { Alert, Button, Modal } from 'antd';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { api, type ApiError } from '../../api/client';
import type { Model, ModelVersion } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { usePlacements } from '../../ui/actions';
import { DataTable, type Column } from '../../ui/DataTable';
import { plainName } from '../../ui/names';

type Change = { kind: 'promote'; version: string } | { kind: 'rollback' };

export function Versions({ model }: { model: Model }) {
  const { t, language, format } = useLocale();
  const client = useQueryClient();
  const { placements } = usePlacements();
  const [asked, setAsked] = useState<Change>();
  const path = `/v1/models/${encodeURIComponent(model.name)}`;
  const change = useMutation<{ version: string }, ApiError, Change>({
    mutationFn: (wanted) =>
      wanted.kind === 'promote' ? api.post(`${path}/promote`, { version: wanted.version }) : api.post(`${path}/rollback`),
    onSettled: () => {
      setAsked(undefined);
      return client.invalidateQueries();
    },
  });
  const used = placements.filter((placement) => placement.model === model.name).map((placement) => plainName(placement, language));
  const touched = { placements: used.join(', ') || t('model.nowhere'), current: model.current ?? t('model.nothing') };
  const retired = model.versions.some((version) => version.state === 'retired');
  const columns: Column<ModelVersion>[] = [
    {
      key: 'version',
      title: t('model.version'),
      cell: (row) => row.version,
      show: (row) => <Link to={`?version=${encodeURIComponent(row.version)}`}>{row.version}</Link>,
    },
    {
      key: 'state',
      title: t('model.state'),
      cell: (row) => t(`model.state.${row.state}`),
      show: (row) => <span className={`state ${row.state}`}>{t(`model.state.${row.state}`)}</span>,
    },
    { key: 'created', title: t('model.created'), cell: (row) => row.created, show: (row) => format.dateTime(row.created) },
    { key: 'auc', title: t('metric.auc'), number: true, cell: (row) => row.metrics.auc, show: (row) => format.significant(row.metrics.auc) },
    { key: 'brier', title: t('metric.brier'), number: true, cell: (row) => row.metrics.brier, show: (row) => format.significant(row.metrics.brier) },
    {
      key: 'change',
      title: t('model.change'),
      cell: () => null,
      show: (row) =>
        row.state === 'current' ? (
          retired && <Button size="small" onClick={() => setAsked({ kind: 'rollback' })}>{t('model.rollback')}</Button>
        ) : (
          <Button size="small" onClick={() => setAsked({ kind: 'promote', version: row.version })}>
            {t('model.promote', { version: row.version })}
          </Button>
        ),
    },
  ];
  return (
    <>
      {change.error && (
        <Alert type="error" showIcon closable message={t('model.failed', { message: change.error.message, code: change.error.code })} />
      )}
      {change.data && <Alert type="success" showIcon closable message={t('model.promoted', { version: change.data.version })} />}
      <DataTable
        name={`${model.name}-versions`}
        label={t('model.versions')}
        rows={model.versions}
        rowKey={(row) => row.version}
        columns={columns}
        filterable={false}
      />
      <Modal
        open={asked !== undefined}
        title={asked?.kind === 'promote'
          ? t('model.promoteTitle', { version: asked.version, model: model.name })
          : t('model.rollbackTitle', { model: model.name })}
        okText={asked?.kind === 'promote' ? t('model.promote', { version: asked.version }) : t('model.rollback')}
        cancelText={t('ui.cancel')}
        confirmLoading={change.isPending}
        onOk={() => asked && change.mutate(asked)}
        onCancel={() => setAsked(undefined)}
      >
        <p>{t(asked?.kind === 'promote' ? 'model.promoteTouches' : 'model.rollbackTouches', touched)}</p>
      </Modal>
    </>
  );
}
