// The border to ECharts: only the parts that are used, loaded when the first chart is shown, drawn as SVG.
import { lazy, Suspense } from 'react';
import type { EChartsCoreOption } from 'echarts/core';

import { Loading } from './State';

const EChart = lazy(() => import('./EChart'));

export interface ChartProps {
  option: EChartsCoreOption;
  height: number;
  label: string; // what it shows, in words, for those who cannot see it
  onClick?: (event: { seriesName?: string; seriesId?: string; dataIndex: number }) => void;
}

export function Chart(props: ChartProps) {
  return (
    <div style={{ minHeight: props.height }}>
      <Suspense fallback={<Loading rows={3} />}>
        <EChart {...props} />
      </Suspense>
    </div>
  );
}
