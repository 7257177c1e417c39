import { LabelLayout } from 'echarts/features';
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

import type { ChartProps } from './Chart';

echarts.use([LabelLayout, LineChart, ScatterChart, CustomChart, GridComponent, TooltipComponent, SVGRenderer]);

export default function EChart({ option, height, label }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts>();

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    chart.current = echarts.init(element, undefined, { renderer: 'svg' });
    const watcher = new ResizeObserver(() => chart.current?.resize());
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption({ animation: false, ...option });
  }, [option]);

  return <div ref={place} style={{ height }} role="img" aria-label={label} />;
}
