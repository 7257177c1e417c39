// The border to ECharts: only the parts that are used, loaded when the first chart is shown, drawn as SVG.
import { lazy, Suspense } from 'react';

import type { ChartProps } from './EChart';
import { Loading } from './State';

const EChart = lazy(() => import('./EChart'));

export function Chart(props: ChartProps) {
  return (
    <div style={{ minHeight: props.height }}>
      <Suspense fallback={<Loading rows={3} />}>
        <EChart {...props} />
      </Suspense>
    </div>
  );
}
