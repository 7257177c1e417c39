import { useMemo } from 'react';

import type { SegmentDay } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Chart } from '../../ui/Chart';
import { axisOf, tooltipOf } from '../../ui/chart_options';
import { useTheme } from '../../ui/theme';

// The size at each day's end; days on which nothing changed are not sent, so the line is a stair.
export function HistoryChart({ days, size }: { days: SegmentDay[]; size: number }) {
  const { t, format } = useLocale();
  const { palette } = useTheme();
  const option = useMemo(() => ({
    grid: { left: 56, right: 20, top: 12, bottom: 30 },
    tooltip: {
      trigger: 'axis',
      ...tooltipOf(palette),
      formatter: (items: { dataIndex: number }[]) => {
        const day = days[items[0]?.dataIndex ?? 0];
        return day ? t('segment.historyTip', { day: format.calendarDay(day.day), size: day.size, entered: day.entered, left: day.left, merged: day.merged }) : '';
      },
    },
    xAxis: { type: 'category', data: days.map((day) => day.day), axisLabel: { color: palette.quiet, fontSize: 12, hideOverlap: true, formatter: (day: string) => format.calendarDay(day) }, axisTick: { show: false }, axisLine: { lineStyle: { color: palette.line } } },
    yAxis: { type: 'value', scale: true, minInterval: 1, ...axisOf(palette, t('segment.people'), format.compact), nameGap: 40 },
    series: [
      {
        type: 'line',
        step: 'end',
        symbolSize: 5,
        data: days.map((day) => day.size),
        lineStyle: { color: palette.accent, width: 2 },
        itemStyle: { color: palette.accent },
        areaStyle: { color: palette.accent, opacity: 0.08 },
      },
    ],
  }), [days, palette, t, format]);
  return <Chart option={option} height={220} label={t('segment.historyLabel', { n: days.length, size })} />;
}
