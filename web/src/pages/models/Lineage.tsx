// Where a version comes from: a sentence of it for everybody, and every recorded detail for who checks it.
import { useLocale } from '../../i18n/Locale';
import { plainWindow } from '../../ui/feature';
import { Panel } from '../../ui/Page';
import { showValue } from '../../ui/value';
import { lineageRows, toldOf } from './lineage';

export function Lineage({ lineage }: { lineage: Record<string, unknown> }) {
  const { t, format } = useLocale();
  const told = toldOf(lineage);
  const rows = lineageRows(lineage);
  return (
    <Panel title={t('model.lineage')}>
      {told && (
        <p>
          {t(told.absent ? 'model.lineageWithout' : 'model.lineageSentence', {
            rows: format.integer(told.rows), from: format.date(told.from), to: format.date(told.to), positives: format.integer(told.positives),
            label: told.label, within: plainWindow(told.within, t),
          })}
          {told.judgedFrom && `${t('ui.gap')}${t('model.lineageJudged', { from: format.date(told.judgedFrom) })}`}
        </p>
      )}
      <details>
        <summary>{t('model.lineageAll', { n: rows.length })}</summary>
        <dl className="facts">
          {rows.map(([key, value], at) => (
            <div key={`${at}:${key}`}>
              <dt>{key}</dt>
              <dd>{showValue(value, format)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Panel>
  );
}
