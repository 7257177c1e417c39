import { useMemo } from 'react';

import { useLocale } from '../../i18n/Locale';
import { Chart } from '../../ui/Chart';
import { axisOf, tooltipOf } from '../../ui/chart_options';
import { useTheme } from '../../ui/theme';
import type { Week } from './spread';

// The spread by week: the middle value as a line in two bands.
export function WeeksChart({ weeks }: { weeks: Week[] }) {
  const { t, format } = useLocale();
  const { palette } = useTheme();
  const option = useMemo(() => {
    const at = (week: Week) => new Date(week.time).getTime();
    // A band is its lower edge, not drawn, and its width on top of it.
    const band = (name: string, low: 'p10' | 'p25', high: 'p75' | 'p90', opacity: number) => {
      const edge = { type: 'line', stack: name, silent: true, showSymbol: false, lineStyle: { opacity: 0 } };
      return [
        { ...edge, data: weeks.map((week) => [at(week), week.spread[low]]) },
        {
          ...edge,
          areaStyle: { color: palette.accent, opacity },
          data: weeks.map((week) => [at(week), (week.spread[high] ?? 0) - (week.spread[low] ?? 0)]),
        },
      ];
    };
    return {
      grid: { left: 56, right: 20, top: 12, bottom: 30 },
      tooltip: {
        trigger: 'axis',
        ...tooltipOf(palette),
        formatter: (items: { dataIndex: number }[]) => {
          const week = weeks[items[0]?.dataIndex ?? 0];
          if (!week) return '';
          const { people, p10, p25, p50, p75, p90 } = week.spread;
          return t('feature.weekTip', {
            day: format.date(week.time),
            people,
            p10: format.significant(p10),
            p25: format.significant(p25),
            p50: format.significant(p50),
            p75: format.significant(p75),
            p90: format.significant(p90),
          });
        },
      },
      xAxis: {
        type: 'time',
        axisLabel: { color: palette.quiet, fontSize: 12, hideOverlap: true, formatter: (value: number) => format.day(value) },
        axisLine: { lineStyle: { color: palette.line } },
        splitNumber: 4,
      },
      yAxis: { type: 'value', scale: true, ...axisOf(palette, t('feature.nowAxis'), format.compact), nameGap: 40 },
      series: [
        ...band('eighty', 'p10', 'p90', 0.12),
        ...band('half', 'p25', 'p75', 0.22),
        {
          type: 'line',
          name: t('feature.median'),
          symbolSize: 5,
          lineStyle: { color: palette.accent, width: 2 },
          itemStyle: { color: palette.accent },
          data: weeks.map((week) => [at(week), week.spread.p50]),
        },
      ],
    };
  }, [weeks, palette, t, format]);
  return (
    <Chart
      option={option}
      height={240}
      label={t('feature.weeksLabel', { values: weeks.map((week) => format.significant(week.spread.p50)).join(', ') })}
    />
  );
}
