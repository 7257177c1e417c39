import { useMemo } from 'react';

import type { Point } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Chart } from '../../ui/Chart';
import { axisOf, tooltipOf } from '../../ui/chart_options';
import { useTheme } from '../../ui/theme';

export function RateChart({ events, decisions }: { events: Point[]; decisions: Point[] }) {
  const { t, format } = useLocale();
  const { palette } = useTheme();
  const option = useMemo(() => {
    const line = (name: string, points: Point[], colour: string, dashed: boolean) => ({
      name,
      type: 'line',
      showSymbol: false,
      lineStyle: { color: colour, width: 2, type: dashed ? 'dashed' : 'solid' },
      itemStyle: { color: colour },
      areaStyle: dashed ? undefined : { color: colour, opacity: 0.08 },
      endLabel: { show: true, formatter: '{a}', color: colour, fontSize: 12 },
      labelLayout: { moveOverlap: 'shiftY' },
      data: points.map((point) => [new Date(point.time).getTime(), point.value]),
    });
    return {
      grid: { left: 52, right: 84, top: 12, bottom: 28 },
      tooltip: { trigger: 'axis', valueFormatter: (value: unknown) => format.significant(Number(value)), ...tooltipOf(palette) },
      xAxis: {
        type: 'time',
        axisLabel: { color: palette.quiet, fontSize: 12, hideOverlap: true, formatter: (value: number) => format.time(value) },
        axisLine: { lineStyle: { color: palette.line } },
        splitNumber: 3,
      },
      yAxis: { type: 'value', min: 0, minInterval: 1, ...axisOf(palette, t('overview.rateAxis'), format.compact), nameGap: 38 },
      series: [
        line(t('overview.events'), events, palette.accent, false),
        line(t('overview.decisions'), decisions, palette.holdout, true),
      ],
    };
  }, [events, decisions, palette, t, format]);
  return (
    <Chart
      option={option}
      height={220}
      label={t('overview.rateLabel', {
        events: format.significant(events[events.length - 1]?.value ?? 0),
        decisions: format.significant(decisions[decisions.length - 1]?.value ?? 0),
      })}
    />
  );
}
