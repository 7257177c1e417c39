// How the versions do in service, and what happened to them: shown once a version has decided or anything happened.
import type { Model } from '../../api/types';
import type { MessageKey } from '../../i18n/catalogue';
import { useLocale } from '../../i18n/Locale';
import { DataTable, type Column } from '../../ui/DataTable';
import { Panel } from '../../ui/Page';
import { withInputCalled } from '../../ui/model_input';
import { actorKey, happenedKey } from './history';
import { useInputsOf } from './inputs';

type Health = Model['health']['versions'][number];
type Happened = Model['history'][number];

// A share of no outcomes is none, not 0 %.
const whenKnown = (row: Health, share: number) => (row.known > 0 ? share : null);

export function Service({ model }: { model: Model }) {
  const { t, language, format } = useLocale();
  const { versions, shadow } = model.health;
  const call = useInputsOf(model);
  const whyOf = (row: Health) => withInputCalled(language === 'zh' ? row.whyZh : row.why, call);
  const columns: Column<Health>[] = [
    { key: 'version', title: t('model.version'), cell: (row) => row.version },
    { key: 'known', title: t('model.service.known'), number: true, cell: (row) => row.known },
    { key: 'predicted', title: t('model.service.predicted'), number: true, cell: (row) => whenKnown(row, row.predicted), show: (row) => format.percent(whenKnown(row, row.predicted)) },
    { key: 'observed', title: t('model.service.observed'), number: true, cell: (row) => whenKnown(row, row.observed), show: (row) => format.percent(whenKnown(row, row.observed)) },
    {
      key: 'drift',
      title: t('model.service.drift'),
      cell: (row) => row.drift[0]?.psi ?? null,
      show: (row) => (row.drift[0] ? (
        <>
          <span title={row.drift[0].feature}>{call(row.drift[0].feature)}</span>
          {` (PSI ${format.significant(row.drift[0].psi)})`}
          <br />
          <small>{language === 'zh' ? row.drift[0].movedZh : row.drift[0].moved}</small>
        </>
      ) : '–'),
    },
    {
      key: 'alarm',
      title: t('model.service.alarm'),
      cell: (row) => row.why,
      show: (row) => (row.miscalibrated || row.drifted
        ? <strong>{whyOf(row)}</strong>
        : (row.aged && whyOf(row)) || t('model.service.fine')),
    },
  ];
  const worded = (key: MessageKey | undefined, written: string) => (key ? t(key) : written);
  const happened: Column<Happened>[] = [
    { key: 'time', title: t('model.service.time'), cell: (row) => row.time, line: true, show: (row) => format.dateTime(row.time) },
    { key: 'version', title: t('model.version'), cell: (row) => row.version },
    { key: 'action', title: t('model.service.action'), cell: (row) => worded(happenedKey(row.action), row.action) },
    { key: 'actor', title: t('model.service.actor'), cell: (row) => row.actor && worded(actorKey(row.actor), row.actor) },
    { key: 'note', title: t('model.service.note'), cell: (row) => withInputCalled((language === 'zh' ? row.noteZh : null) ?? row.note ?? '', call) || null },
  ];
  return (
    <>
      {versions.length > 0 && (
        <Panel title={t('model.service')} note={t('model.serviceNote')}>
          <DataTable name={`${model.name}-service`} label={t('model.service')} rows={versions} rowKey={(row) => row.version} columns={columns} filterable={false} />
          {shadow && shadow.known > 0 && (
            <p className="note">
              {t('model.service.shadow', {
                shadow: shadow.version,
                beside: shadow.beside,
                known: shadow.known,
                difference: format.significant(shadow.lossDifference.value),
                low: format.significant(shadow.lossDifference.low),
                high: format.significant(shadow.lossDifference.high),
              })}
            </p>
          )}
        </Panel>
      )}
      {model.history.length > 0 && (
        <Panel title={t('model.history')} note={model.owner ? t('model.owner', { owner: model.owner }) : undefined}>
          <DataTable
            name={`${model.name}-history`}
            label={t('model.history')}
            rows={model.history}
            rowKey={(row) => `${row.time} ${row.action} ${row.version}`}
            columns={happened}
            filterable={false}
          />
        </Panel>
      )}
    </>
  );
}
