// The versions of a model, and what one may do with them: approve, run as a shadow or for a share of the people, let decide, go
// back. Each says what it touches first.
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
import { Refused } from '../../ui/Said';

const kCanaryShare = 0.1;

type Staged = 'shadow' | 'canary' | 'approve';
type Change = { kind: 'promote' | Staged; version: string } | { kind: 'endShadow' | 'endCanary' | 'rollback' };

function request(path: string, wanted: Change): [string, unknown?] {
  switch (wanted.kind) {
    case 'rollback': return [`${path}/rollback`];
    case 'endShadow': return [`${path}/shadow`, { version: '' }];
    case 'endCanary': return [`${path}/canary`, { version: '' }];
    case 'canary': return [`${path}/canary`, { version: wanted.version, share: kCanaryShare }];
    default: return [`${path}/${wanted.kind}`, { version: wanted.version }];
  }
}

export function Versions({ model }: { model: Model }) {
  const { t, language, format } = useLocale();
  const client = useQueryClient();
  const { placements } = usePlacements();
  const [asked, setAsked] = useState<Change>();
  const path = `/v1/models/${encodeURIComponent(model.name)}`;
  const change = useMutation<{ version?: string }, ApiError, Change>({
    mutationFn: (wanted) => api.post(...request(path, wanted)),
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
      show: (row) => (
        <span className={`state ${row.state}`}>
          {t(`model.state.${row.state}`)}
          {row.stage === 'shadow' && ` · ${t('model.stage.shadow')}`}
          {row.stage === 'canary' && ` · ${t('model.stage.canary', { share: format.percent(model.canaryShare) })}`}
        </span>
      ),
    },
    { key: 'approved', title: t('model.approvedBy'), cell: (row) => row.approvedBy },
    { key: 'created', title: t('model.created'), cell: (row) => row.created, line: true, show: (row) => format.dateTime(row.created) },
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
          <span className="actions">
            {row.approvedBy === null && (
              <Button size="small" onClick={() => setAsked({ kind: 'approve', version: row.version })}>{t('model.approve')}</Button>
            )}
            {model.kind === 'scores' && model.current !== null && row.stage === null && (
              <>
                <Button size="small" onClick={() => setAsked({ kind: 'shadow', version: row.version })}>{t('model.shadow')}</Button>
                <Button size="small" onClick={() => setAsked({ kind: 'canary', version: row.version })}>
                  {t('model.canary', { share: format.percent(kCanaryShare) })}
                </Button>
              </>
            )}
            {row.stage !== null && (
              <Button size="small" onClick={() => setAsked({ kind: row.stage === 'shadow' ? 'endShadow' : 'endCanary' })}>
                {t('model.endStage')}
              </Button>
            )}
            <Button size="small" onClick={() => setAsked({ kind: 'promote', version: row.version })}>
              {t('model.promote', { version: row.version })}
            </Button>
          </span>
        ),
    },
  ];
  return (
    <>
      {change.error && (
        <Refused error={change.error} what="model.failed" closable />
      )}
      {change.data && (
        <Alert
          type="success"
          showIcon
          closable
          message={change.variables?.kind === 'promote' || change.variables?.kind === 'rollback'
            ? t('model.promoted', { version: change.data.version ?? '' })
            : t('model.done')}
        />
      )}
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
        title={asked && t(`model.${asked.kind}Title`, { version: 'version' in asked ? asked.version : '', model: model.name })}
        okText={t('model.yes')}
        cancelText={t('ui.cancel')}
        confirmLoading={change.isPending}
        onOk={() => asked && change.mutate(asked)}
        onCancel={() => setAsked(undefined)}
      >
        {asked && <p>{model.kind === 'stages' && (asked.kind === 'promote' || asked.kind === 'rollback')
          ? t('model.stagesTouches', { name: model.name })
          : t(`model.${asked.kind}Touches`, { ...touched, share: format.percent(kCanaryShare) })}</p>}
      </Modal>
    </>
  );
}
