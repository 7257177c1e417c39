// Amounts as bars, longest first, each with its name and figure beside it.
import type { CSSProperties, ReactNode } from 'react';

import { widthOf } from './rows';

export interface Bar {
  key: string;
  name: ReactNode;
  amount: number;
  text: string;
}

export function Bars({ bars }: { bars: Bar[] }) {
  const largest = Math.max(...bars.map((bar) => bar.amount), 0) || 1;
  const longest = Math.max(...bars.map((bar) => widthOf(bar.text)), 0);
  return (
    <ul className="bars" style={{ '--amount': `${longest}ch` } as CSSProperties}>
      {bars.map((bar) => (
        <li key={bar.key}>
          <span className="bar-name">{bar.name}</span>
          <span className="bar-plot" aria-hidden="true">
            <i style={{ width: `${(bar.amount / largest) * 100}%` }} />
          </span>
          <span className="bar-amount">{bar.text}</span>
        </li>
      ))}
    </ul>
  );
}
