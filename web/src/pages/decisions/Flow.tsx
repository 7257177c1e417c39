import { useLocale } from '../../i18n/Locale';
import type { FlowRow } from './flow_rows';

const kWidestBar = 62; // percent of the cell; the rest is for the figure

interface FlowProps {
  rows: FlowRow[];
  scored: boolean; // false: no model took part, the scores say nothing
  nameOf: (action: string) => string;
}

// The decision drawn: a row an action, a column a step, and the row stops where a rule took the action out.
export function Flow({ rows, scored, nameOf }: FlowProps) {
  const { t, format } = useLocale();
  const largest = Math.max(...rows.map((row) => row.score ?? 0), 0) || 1;
  const several = rows.filter((row) => row.rank !== null).length > 1;
  return (
    <table className="flow">
      <caption className="hidden">{t('decision.flow')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('decision.candidates')}</th>
          <th scope="col">{t('decision.rules')}</th>
          <th scope="col">{t('decision.scores')}</th>
          <th scope="col">{t('decision.choice')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const out = row.excludedBy.length > 0;
          return (
            <tr key={row.id} className={row.rank !== null ? 'chosen' : out ? 'out' : ''}>
              <th scope="row">
                {nameOf(row.id)}
                {!row.declared && <small>{t('decision.retired')}</small>}
              </th>
              <td>
                {out && <span className="rule out">✕ {t('decision.excludedBy', { rule: row.excludedBy.join(', ') })}</span>}
                {row.boostedBy.length > 0 && (
                  <span className="rule boost">▲ {t('decision.boostedBy', { rule: row.boostedBy.join(', ') })}</span>
                )}
                {!out && row.boostedBy.length === 0 && <span className="rule">{t('decision.allowed')}</span>}
              </td>
              <td>
                {scored && row.score !== null ? (
                  <span className="score-bar">
                    <i aria-hidden="true" style={{ width: `${Math.max(0, row.score / largest) * kWidestBar}%` }} />
                    <b>{format.percent(row.score)}</b>
                  </span>
                ) : (
                  <span className="quiet">{out ? '' : t('decision.notScored')}</span>
                )}
              </td>
              <td>
                {row.rank !== null ? (
                  <strong className="choice">
                    ✓ {several ? t('decision.chosenRank', { rank: row.rank }) : t('decision.chosen')}
                    <small>{t('decisions.propensity')}: {format.percent(row.propensity)}</small>
                  </strong>
                ) : (
                  <span className="quiet">{out ? '' : t('decision.notChosen')}</span>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
