import { Link } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { ModelSummary } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { DataTable, type Column } from '../../ui/DataTable';
import { alarmIn, plainName } from '../../ui/names';
import { Answer, Page, Panel } from '../../ui/Page';
import { Empty, Loaded } from '../../ui/State';
import { Whiskers } from '../../ui/Whiskers';
import { predictionInWords } from './prediction';
import { measureOf } from './quality';

// The version whose figures speak for the model: the deciding one, else the newest.
function spokesman(model: ModelSummary) {
  return (
    model.versions.find((version) => version.version === model.current) ??
    [...model.versions].sort((a, b) => b.created.localeCompare(a.created))[0]
  );
}

function NamedModel({ model }: { model: ModelSummary }) {
  const { language } = useLocale();
  const plain = plainName(model, language);
  return (
    <span className="wrap middle">
      <Link to={`/models/${encodeURIComponent(model.name)}`}>{plain}</Link>
      {plain !== model.name && <small className="code-name">{model.name}</small>}
    </span>
  );
}

export function Models() {
  const { t, language, format } = useLocale();
  const models = useGet<{ models: ModelSummary[] }>('/v1/models');
  const columns: Column<ModelSummary>[] = [
    {
      key: 'name',
      title: t('models.name'),
      cell: (row) => row.name,
      show: (row) => <NamedModel model={row} />,
    },
    { key: 'label', title: t('models.label'), cell: (row) => predictionInWords(row.label, t), hidden: true },
    { key: 'current', title: t('models.current'), cell: (row) => row.current ?? t('models.untrained') },
    {
      key: 'alarm',
      title: t('models.alarm'),
      cell: (row) => alarmIn(row, language) ?? (row.current ? t('models.alarmNo') : null),
      show: (row) => {
        const why = alarmIn(row, language);
        if (why) return <strong className="alarmed" title={why}><span aria-hidden="true">⚠ </span>{t('models.alarmYes')}</strong>;
        return row.current ? t('models.alarmNo') : '–';
      },
    },
    { key: 'versions', title: t('models.versions'), number: true, cell: (row) => row.versions.length },
    {
      key: 'auc',
      title: t('models.auc'),
      number: true,
      cell: (row) => spokesman(row)?.metrics.auc,
      show: (row) => format.significant(spokesman(row)?.metrics.auc),
    },
    {
      key: 'lift',
      title: t('models.lift'),
      number: true,
      cell: (row) => spokesman(row)?.metrics.lift_at_10pct,
      show: (row) => format.significant(spokesman(row)?.metrics.lift_at_10pct),
    },
  ];
  return (
    <Page title={t('models.title')} question={t('models.question')}>
      <Loaded query={models}>
        {({ models: rows }) => {
          if (rows.length === 0) return <Empty title={t('models.empty')}>{t('models.emptyHint')}</Empty>;
          const deciding = rows.filter((row) => row.current !== null).length;
          const alarmed = rows.filter((row) => row.alarm !== null).length;
          const measured = rows.filter((row) => spokesman(row)?.metrics.auc !== undefined);
          return (
            <>
              <Answer
                sentence={t('models.sentence', { n: rows.length, deciding })}
                note={deciding === 0 ? t('models.noneDecides') : alarmed > 0 && t('models.alarmed', { n: alarmed })}
                tone={alarmed > 0 ? 'open' : undefined}
              >
                {measured.length > 0 && (
                  <Whiskers
                    axis={t('metric.axis.auc')}
                    tick={(value) => format.decimal(0.5 + value)}
                    zero={t('metric.chance', { value: format.decimal(0.5) })}
                    rows={measured.map((row) => {
                      const auc = measureOf(spokesman(row)!.metrics, 'auc')!;
                      return {
                        key: row.name,
                        label: <Link to={`/models/${encodeURIComponent(row.name)}`}>{plainName(row, language)}</Link>,
                        estimate: auc.value - 0.5,
                        low: (auc.low ?? auc.value) - 0.5,
                        high: (auc.high ?? auc.value) - 0.5,
                        text:
                          auc.low === null
                            ? format.significant(auc.value)
                            : t('metric.between', {
                                value: format.significant(auc.value),
                                low: format.significant(auc.low),
                                high: format.significant(auc.high),
                              }),
                      };
                    })}
                  />
                )}
              </Answer>
              <Panel title={t('models.title')}>
                <DataTable name="models" label={t('models.title')} rows={rows} rowKey={(row) => row.name} columns={columns} filterable={false} />
              </Panel>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
