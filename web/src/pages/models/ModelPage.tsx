import { Alert } from 'antd';
import { useEffect, useState } from 'react';
import { useParams, useSearchParams } from 'react-router-dom';

import { useGet } from '../../api/live';
import type { Model } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { usePlacements } from '../../ui/actions';
import { Bars } from '../../ui/Bars';
import { DataTable, type Column } from '../../ui/DataTable';
import { withInputCalled } from '../../ui/model_input';
import { alarmIn, plainName } from '../../ui/names';
import { Answer, Page, Panel, Stats } from '../../ui/Page';
import { Empty, Loaded } from '../../ui/State';
import { CalibrationChart } from './CalibrationChart';
import { useInputsOf } from './inputs';
import { Lineage } from './Lineage';
import { predictionInWords } from './prediction';
import { calibrationPoints, measureOf, tellingPoint, withoutModel, type Measure } from './quality';
import { Service } from './Service';
import { Training } from './Training';
import { Versions } from './Versions';

const kMeasures = ['auc', 'pr_auc', 'lift_at_10pct', 'log_loss', 'brier', 'ece'] as const;
const kMostBars = 12;

type Threshold = Model['thresholds'][number];

function useQualitySentence(): (model: Model) => string {
  const { t, format } = useLocale();
  return (model) => {
    const auc = measureOf(model.metrics, 'auc');
    const lift = measureOf(model.metrics, 'lift_at_10pct');
    const between = (measure: Measure, show: (value: number | null) => string) =>
      measure.low === null ? '' : t('model.between', { low: show(measure.low), high: show(measure.high) });
    const sentences: string[] = [];
    if (lift) sentences.push(t('model.sentence', { lift: format.significant(lift.value), interval: between(lift, format.significant) }));
    if (auc) sentences.push(t('model.sentenceAuc', { auc: format.percent(auc.value), interval: between(auc, format.percent) }));
    return sentences.join(t('ui.gap'));
  };
}

function Quality({ model }: { model: Model }) {
  const { t, format } = useLocale();
  const items = kMeasures.flatMap((name) => {
    const measure = measureOf(model.metrics, name);
    if (!measure) return [];
    const chance = withoutModel(model.metrics, name);
    return [{
      label: t(`metric.${name}`),
      value: (
        <>
          {format.significant(measure.value)}
          <small>
            {measure.low !== null && `${format.significant(measure.low)} – ${format.significant(measure.high)}`}
            {measure.low !== null && chance !== null && ' · '}
            {chance !== null && t('metric.chance', { value: format.significant(chance) })}
          </small>
        </>
      ),
    }];
  });
  return <Panel title={t('model.quality')}><Stats items={items} /></Panel>;
}

// What choosing an action for each person by the model is worth, beside the best one for everybody and what was done.
function Choice({ model }: { model: Model }) {
  const { t, format } = useLocale();
  const { placements, actionName } = usePlacements();
  const { choice } = model;
  if (!choice) return null;
  const best = choice.best_action.split(', ')[0]!;  // its attributes follow
  const shownBy = placements.find((placement) => placement.model === model.name && placement.actions.some((action) => action.id === best));
  const clear = choice.gain.low > 0;
  const points = (share: number) => format.fixed(2, true)(100 * share);  // as the command says them
  const bars = [
    { key: 'chosen', name: t('model.choiceChosen'), amount: choice.chosen.value },
    { key: 'all', name: <span title={choice.best_action}>{t('model.choiceAll', { action: shownBy ? actionName(shownBy.name, best) : best })}</span>, amount: choice.best_for_all.value },
    { key: 'past', name: t('model.choicePast'), amount: choice.as_it_was },
  ];
  return (
    <Panel title={t('model.choice')} note={t('model.choiceNote', { rows: choice.rows, matched: Math.round(choice.matched) })}>
      <p>
        {t(clear ? 'model.choiceGain' : 'model.choiceUnclear', {
          gain: points(choice.gain.value), low: points(choice.gain.low), high: points(choice.gain.high),
        })}
      </p>
      <Bars bars={bars.map((bar) => ({ ...bar, text: format.percent(bar.amount) }))} />
    </Panel>
  );
}

function Thresholds({ model }: { model: Model }) {
  const { t, format } = useLocale();
  const share = (key: keyof Threshold, title: string): Column<Threshold> => ({
    key, title, number: true, cell: (row) => row[key], show: (row) => format.percent(row[key]),
  });
  return (
    <Panel title={t('model.thresholds')} note={t('model.thresholdsNote')}>
      <DataTable
        name={`${model.name}-thresholds`}
        label={t('model.thresholds')}
        rows={model.thresholds}
        rowKey={(row) => String(row.threshold)}
        filterable={false}
        columns={[
          share('threshold', t('model.threshold')),
          share('share', t('model.share')),
          share('precision', t('model.precision')),
          share('recall', t('model.recall')),
        ]}
      />
    </Panel>
  );
}

function Trained({ model }: { model: Model }) {
  const { t, format } = useLocale();
  const call = useInputsOf(model);
  const sentence = useQualitySentence()(model);
  const points = calibrationPoints(model.calibration);
  const telling = tellingPoint(points);
  const { rows, positives } = model.metrics;
  return (
    <>
      <Answer
        sentence={sentence}
        note={rows !== undefined && positives !== undefined ? t('model.note', { rows, positives }) : undefined}
      >
        <div className="columns">
          <div>
            <h2>{t('model.calibration')}</h2>
            <CalibrationChart points={points} />
            {telling && (
              <p className="note">
                {t('model.calibrationSentence', {
                  predicted: format.percent(telling.predicted),
                  actual: format.percent(telling.actual),
                  low: format.percent(telling.low),
                  high: format.percent(telling.high),
                  n: telling.n,
                })}
                {t('ui.gap')}
                {t('model.calibrationFrom', { n: points.reduce((sum, point) => sum + point.n, 0) })}
              </p>
            )}
          </div>
          <div>
            <h2>{t('model.importance')}</h2>
            <Bars
              bars={model.importance.slice(0, kMostBars).map((one) => ({
                key: one.feature,
                name: <span title={one.feature}>{call(one.feature)}</span>,
                amount: one.value,
                text: format.significant(one.value),
              }))}
            />
            <p className="note">{t('model.importanceNote')}</p>
          </div>
        </div>
      </Answer>
      <Choice model={model} />
      <Quality model={model} />
      <Thresholds model={model} />
    </>
  );
}

const kStageMeasures = ['accuracy', 'macro_f1', 'auc', 'log_loss', 'ece'] as const;

// A model that tells how far visitors are: its quality on later visits, and how to ask for what it tells.
function Stages({ model }: { model: Model }) {
  const { t, format } = useLocale();
  const accuracy = measureOf(model.metrics, 'accuracy');
  const between = accuracy && accuracy.low !== null
    ? t('model.between', { low: format.percent(accuracy.low), high: format.percent(accuracy.high) }) : '';
  return (
    <>
      <Answer
        sentence={accuracy ? t('model.stagesSentence', { accuracy: format.percent(accuracy.value), interval: between }) : t('model.stages')}
        note={t('model.stagesNote', { name: model.name })}
      />
      <Panel title={t('model.quality')}>
        <Stats
          items={kStageMeasures.flatMap((name) => {
            const measure = measureOf(model.metrics, name);
            return measure ? [{
              label: t(`metric.${name}`),
              value: (
                <>
                  {format.significant(measure.value)}
                  <small>{measure.low !== null && `${format.significant(measure.low)} – ${format.significant(measure.high)}`}</small>
                </>
              ),
            }] : [];
          })}
        />
      </Panel>
    </>
  );
}

// The version on the page decides, and what it learnt from is no longer so.
function Alarmed({ model }: { model: Model }) {
  const { t, language } = useLocale();
  const call = useInputsOf(model);
  const why = model.version === model.current ? alarmIn(model, language) : null;
  return why && <Alert type="warning" showIcon className="alarm" message={t('model.alarm', { why: withInputCalled(why, call) })} />;
}

export function ModelPage() {
  const { t, language } = useLocale();
  const { name = '' } = useParams();
  const [params] = useSearchParams();
  const [training, setTraining] = useState(false);  // then the page looks again: its versions change
  const model = useGet<Model>(`/v1/models/${encodeURIComponent(name)}`, {
    query: { version: params.get('version') ?? undefined },
    live: training,
  });
  const begun = model.data?.training?.ended === null;
  useEffect(() => setTraining(begun), [begun]);
  return (
    <Page
      title={model.data ? [plainName(model.data, language), model.data.version].filter(Boolean).join(' · ') : name}
      question={t('model.question')}
      crumbs={[{ title: t('models.title'), to: '/models' }]}
    >
      <Loaded query={model} rows={10}>
        {(data) => (
          <>
            {data.label && <p className="lead">{t('models.label')}: {predictionInWords(data.label, t)} <small>{data.name}</small></p>}
            <Alarmed model={data} />
            {data.version === null
              ? <Empty title={t('model.untrained')}>{t(data.kind === 'stages' ? 'model.untrainedStages' : 'model.untrainedHint')}</Empty>
              : data.kind === 'stages' ? <Stages model={data} /> : <Trained model={data} />}
            <Panel title={t('model.versions')}>
              <Training model={data} />
              {data.versions.length > 0 && <Versions model={data} />}
            </Panel>
            {data.kind === 'scores' && <Service model={data} />}
            {Object.keys(data.lineage).length > 0 && <Lineage lineage={data.lineage} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
