// Estimates with their intervals on one axis: a dot where the estimate is, whiskers over what it could be, and the line
// of no effect. A row without an interval says so instead.
import type { ReactNode } from 'react';

import { placeOn, scaleOver } from './scale';

export interface WhiskerRow {
  key: string;
  label: ReactNode;
  estimate: number | null;
  low: number | null;
  high: number | null;
  inner?: { low: number; high: number }; // a narrower interval, drawn thicker
  text: string; // says the same in words; it stands beside the picture and is what a screen reader hears
}

interface WhiskersProps {
  rows: WhiskerRow[];
  axis: string;
  tick: (value: number) => string;
  zero?: string;
}

const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

export function Whiskers({ rows, axis, tick, zero }: WhiskersProps) {
  const scale = scaleOver(
    rows.flatMap((row) => [row.estimate ?? 0, row.low ?? 0, row.high ?? 0]),
  );
  return (
    <div className="whiskers">
      {rows.map((row) => (
        <div key={row.key} className="whisker-row">
          <div className="whisker-label">{row.label}</div>
          <div className="whisker-plot" aria-hidden="true">
            {scale.ticks.map((value) => (
              <i key={value} className="grid" style={{ left: percent(placeOn(scale, value)) }} />
            ))}
            <i className="zero" style={{ left: percent(placeOn(scale, 0)) }} />
            {row.low !== null && row.high !== null && (
              <i
                className={`range ${row.low > 0 ? 'above' : row.high < 0 ? 'below' : 'across'}`}
                style={{
                  left: percent(placeOn(scale, row.low)),
                  width: percent(placeOn(scale, row.high) - placeOn(scale, row.low)),
                }}
              />
            )}
            {row.inner && (
              <i
                className="inner"
                style={{
                  left: percent(placeOn(scale, row.inner.low)),
                  width: percent(placeOn(scale, row.inner.high) - placeOn(scale, row.inner.low)),
                }}
              />
            )}
            {row.estimate !== null && row.low !== null && (
              <i className="dot" style={{ left: percent(placeOn(scale, row.estimate)) }} />
            )}
          </div>
          <div className="whisker-text">{row.text}</div>
        </div>
      ))}
      <div className="whisker-row axis" aria-hidden="true">
        <div />
        <div className="whisker-plot">
          {scale.ticks.map((value) => (
            <span
              key={value}
              className={value === 0 && zero ? (placeOn(scale, 0) < 0.1 ? 'zero-name at-start' : 'zero-name') : undefined}
              style={{ left: percent(placeOn(scale, value)) }}
            >
              {value === 0 && zero ? zero : tick(value)}
            </span>
          ))}
        </div>
        <div />
      </div>
      <p className="axis-name">{axis}</p>
    </div>
  );
}
