// Why a score is what it is: a bar a fact, to the right when it raises the score and to the left when it lowers it.
import { Link } from 'react-router-dom';

import { useLocale } from '../i18n/Locale';

export interface ReasonBar {
  feature: string;
  name: string;
  value: string;
  contribution: number;
  to?: string; // where the fact comes from
}

export function Reasons({ reasons }: { reasons: ReasonBar[] }) {
  const { t, format } = useLocale();
  if (reasons.length === 0) return <p className="quiet">{t('ui.reasons.none')}</p>;
  const largest = Math.max(...reasons.map((reason) => Math.abs(reason.contribution))) || 1;
  return (
    <ul className="reasons">
      {reasons.map((reason) => {
        const up = reason.contribution >= 0;
        const width = `${(Math.abs(reason.contribution) / largest) * 50}%`;
        const label = t('ui.reasons.label', {
          feature: reason.name,
          value: reason.value,
          effect: t(up ? 'ui.reasons.up' : 'ui.reasons.down'),
          amount: format.significant(Math.abs(reason.contribution)),
        });
        return (
          <li key={reason.feature} title={label}>
            <span className="reason-name">
              {reason.to ? <Link to={reason.to}>{reason.name}</Link> : reason.name}
              <b> = {reason.value}</b>
            </span>
            <span className="reason-bar" role="img" aria-label={label}>
              <i className={up ? 'up' : 'down'} style={up ? { left: '50%', width } : { right: '50%', width }} />
            </span>
            <span className="reason-amount">
              <span aria-hidden="true">{up ? '▲' : '▼'}</span> {format.signedSignificant(reason.contribution)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
