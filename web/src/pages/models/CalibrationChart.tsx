import { useMemo } from 'react';

import { useLocale } from '../../i18n/Locale';
import { Chart } from '../../ui/Chart';
import { axisOf, tooltipOf } from '../../ui/chart_options';
import { scaleOver } from '../../ui/scale';
import { useTheme } from '../../ui/theme';
import type { CalibrationPoint } from './quality';

interface CustomApi {
  value(index: number): number;
  coord(point: [number, number]): [number, number];
}

// What the model says against what happened, with whiskers; on the dashed line it would be exactly right.
export function CalibrationChart({ points }: { points: CalibrationPoint[] }) {
  const { t, format } = useLocale();
  const { palette } = useTheme();
  const option = useMemo(() => {
    const percent = (value: number) => format.percent(value);
    const { high } = scaleOver(points.flatMap((point) => [point.predicted, point.high]));
    const top = Math.min(1, high);
    const whisker = (_: unknown, api: CustomApi) => {
      const [x, low] = api.coord([api.value(0), api.value(2)]);
      const [, upper] = api.coord([api.value(0), api.value(3)]);
      const style = { stroke: palette.accent, lineWidth: 1.5 };
      const line = (x1: number, y1: number, x2: number, y2: number) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style });
      return {
        type: 'group',
        children: [line(x, low, x, upper), line(x - 4, low, x + 4, low), line(x - 4, upper, x + 4, upper)],
      };
    };
    const data = points.map((point) => [point.predicted, point.actual, point.low, point.high, point.n]);
    return {
      grid: { left: 64, right: 24, top: 12, bottom: 48 },
      tooltip: {
        ...tooltipOf(palette),
        formatter: ({ value }: { value: number[] }) =>
          t('model.calibrationSentence', {
            predicted: percent(value[0]!),
            actual: percent(value[1]!),
            low: percent(value[2]!),
            high: percent(value[3]!),
            n: value[4]!,
          }),
      },
      xAxis: { type: 'value', min: 0, max: top, ...axisOf(palette, t('model.predicted'), percent) },
      yAxis: { type: 'value', min: 0, max: top, ...axisOf(palette, t('model.actual'), percent), nameGap: 48 },
      series: [
        {
          type: 'line',
          silent: true,
          showSymbol: false,
          data: [[0, 0], [top, top]],
          lineStyle: { color: palette.holdout, type: 'dashed', width: 1 },
          endLabel: { show: true, formatter: t('model.perfect'), color: palette.quiet, fontSize: 12, align: 'right', offset: [-8, 10] },
        },
        { type: 'custom', silent: true, renderItem: whisker, data },
        { type: 'scatter', symbolSize: 9, itemStyle: { color: palette.accent }, data },
      ],
    };
  }, [points, palette, t, format]);
  return <Chart option={option} height={300} label={t('model.calibrationLabel', { n: points.length })} />;
}
