// How people are spread over a feature's values, as upright bars: small in a table, large on the feature's page.
import type { CSSProperties } from 'react';

import type { FeatureSpread } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { barsOf, type SpreadBar } from './spread';

export function useBarText(): (bar: SpreadBar) => string {
  const { t, format } = useLocale();
  return (bar) => {
    switch (bar.kind) {
      case 'value': return format.significant(bar.from);
      case 'range': return t('features.range', { from: format.significant(bar.from), to: format.significant(bar.to) });
      case 'text': return bar.text;
      case 'others': return t('features.others');
      case 'missing': return t('features.noValue');
    }
  };
}

export function Histogram({ spread, name, large = false }: { spread: FeatureSpread; name: string; large?: boolean }) {
  const { t, format } = useLocale();
  const textOf = useBarText();
  const bars = barsOf(spread);
  const largest = Math.max(...bars.map((bar) => bar.share), 0) || 1;
  const middle = bars[Math.floor((bars.filter((bar) => bar.kind !== 'missing').length - 1) / 2)];
  const numbers = bars.filter((bar) => bar.kind === 'value' || bar.kind === 'range');
  const last = numbers[numbers.length - 1];
  return (
    <div className={`histogram${large ? ' large' : ''}${bars.length > 6 ? ' many' : ''}`} role="img" aria-label={t('features.histogram', { name, n: spread.now.people })}>
      <div className="histogram-bars">
        {bars.map((bar) => (
          <div
            key={`${bar.kind}:${bar.from}:${bar.text}`}
            className={bar.kind}
            title={t('features.histogramBar', { range: textOf(bar), people: bar.people, share: format.percent(bar.share) })}
          >
            <span className="track">
              {large && bars.length <= 13 && <b>{format.percent(bar.share)}</b>}
              <i style={{ '--share': bar.share / largest } as CSSProperties} />
            </span>
            {large && bars.length <= 13 && <small>{textOf(bar)}</small>}
          </div>
        ))}
      </div>
      {large && bars.length > 13 && last && (
        <div className="histogram-ends">
          <span>{format.significant(numbers[0]!.from)}</span>
          {middle && <span>{format.significant(middle.from)}</span>}
          <span>{format.significant(last.to)}</span>
          {spread.now.missing > 0 && <span className="quiet">{t('features.noValue')}</span>}
        </div>
      )}
    </div>
  );
}
