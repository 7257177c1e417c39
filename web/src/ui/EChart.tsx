import { LabelLayout } from 'echarts/features';
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

echarts.use([LabelLayout, LineChart, ScatterChart, CustomChart, GridComponent, TooltipComponent, SVGRenderer]);

export interface ChartProps {
  option: echarts.EChartsCoreOption;
  height: number;
  label: string; // what it shows, in words, for those who cannot see it
  onClick?: (event: { seriesName?: string; seriesId?: string; dataIndex: number }) => void;
}

type Click = NonNullable<ChartProps['onClick']>;

// A chart is made when its place has a size, and drawn at that size: ECharts measures its place once, and one that is
// made before the page is laid out stays as narrow as it was then.
export default function EChart({ option, height, label, onClick }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts>();
  const latest = useRef(option);
  const click = useRef<Click>();
  latest.current = option;
  click.current = onClick;

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const fit = () => {
      const size = { width: element.clientWidth, height: element.clientHeight };
      if (size.width === 0 || size.height === 0) return;
      if (!chart.current) {
        chart.current = echarts.init(element, undefined, { renderer: 'svg', ...size });
        chart.current.on('click', (event) => click.current?.(event as Parameters<Click>[0]));
        chart.current.setOption({ animation: false, ...latest.current });
      } else if (chart.current.getWidth() !== size.width || chart.current.getHeight() !== size.height) {
        chart.current.resize(size);
      }
    };
    const watcher = new ResizeObserver(fit);
    watcher.observe(element);
    fit();
    return () => {
      watcher.disconnect();
      chart.current?.dispose();
      chart.current = undefined;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption({ animation: false, ...option });
  }, [option]);

  return <div ref={place} className="chart" style={{ height }} role="img" aria-label={label} />;
}
