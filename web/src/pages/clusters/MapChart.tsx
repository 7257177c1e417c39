import { useMemo } from 'react';

import type { ClusterReport } from '../../api/types';
import { useLocale } from '../../i18n/Locale';
import { Chart } from '../../ui/Chart';
import { axisOf, tooltipOf } from '../../ui/chart_options';
import { useTheme } from '../../ui/theme';
import { axisParts, markOf, middleOf } from './marks';

// As many as fit along each axis, and whether groups' names fit on the map: on a phone their numbers do, the names stand below.
const kAxisParts = { wide: [2, 1], narrow: [1, 1] };
const kNarrow = '(max-width: 820px)';

// People on the two axes along which they differ most, marked by group, with the groups' names on them.
export function MapChart({ report, chosen, nameOf, featureName, onChoose }: {
  report: ClusterReport;
  chosen: number | null;
  nameOf: (cluster: number) => string;
  featureName: (feature: string) => string;
  onChoose: (cluster: number) => void;
}) {
  const { t } = useLocale();
  const { palette, name: theme } = useTheme();
  const option = useMemo(() => {
    const narrow = window.matchMedia(kNarrow).matches;
    const axis = (at: number) => ({
      type: 'value',
      scale: true,
      ...axisOf(palette, t('clusters.axis', {
        parts: axisParts(report.axes[at]?.features ?? '').slice(0, kAxisParts[narrow ? 'narrow' : 'wide'][at])
          .map((part) => t(part.more ? 'clusters.axisMore' : 'clusters.axisLess', { feature: featureName(part.feature) })).join(', '),
      }), () => ''),
      nameGap: 14,
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { color: palette.line } },
    });
    return {
      grid: { left: 36, right: 16, top: 16, bottom: 36 },
      tooltip: { ...tooltipOf(palette), formatter: ({ seriesId }: { seriesId: string }) => nameOf(Number(seriesId.split(':')[1])) },
      xAxis: axis(0),
      yAxis: axis(1),
      series: [
        ...report.clusters.map(({ cluster }) => {
          const { colour, shape } = markOf(cluster, theme);
          return {
            id: `points:${cluster}`,
            type: 'scatter',
            symbol: shape,
            symbolSize: shape === 'circle' ? 6 : 7,
            cursor: 'pointer',
            itemStyle: { color: colour, opacity: chosen === null || chosen === cluster ? 0.65 : 0.12 },
            data: report.points.filter((point) => point[2] === cluster).map((point) => [point[0], point[1]]),
          };
        }),
        ...report.clusters.map(({ cluster }) => ({
          id: `name:${cluster}`,
          type: 'scatter',
          symbolSize: 1,
          silent: true,
          z: 5,
          labelLayout: { moveOverlap: 'shiftY' },
          label: {
            show: true,
            formatter: narrow ? `${cluster}` : `${cluster} ${nameOf(cluster).split(/, |·/)[0] ?? ''}`,
            width: narrow ? undefined : 150,
            overflow: 'truncate',
            color: palette.text,
            backgroundColor: palette.panel,
            borderColor: markOf(cluster, theme).colour,
            borderWidth: 2,
            borderRadius: 10,
            padding: [3, 7],
            fontWeight: 600,
            fontSize: 13,
          },
          data: [middleOf(report.points, cluster) ?? []],
        })),
      ],
    };
  }, [report, chosen, palette, theme, t, nameOf, featureName]);
  return (
    <Chart
      option={option}
      height={440}
      label={t('clusters.mapLabel', { n: report.points.length, k: report.clusters.length })}
      onClick={({ seriesId }) => seriesId && onChoose(Number(seriesId.split(':')[1]))}
    />
  );
}
