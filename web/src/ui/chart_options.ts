// What all charts share: quiet axes with names and units, one type size, the palette of the theme.
import type { Palette } from './theme';

export function axisOf(palette: Palette, name: string, format: (value: number) => string) {
  return {
    name,
    nameLocation: 'middle' as const,
    nameGap: 32,
    nameTextStyle: { color: palette.quiet, fontSize: 12 },
    axisLabel: { color: palette.quiet, fontSize: 12, formatter: format, hideOverlap: true },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: palette.line } },
  };
}

export function tooltipOf(palette: Palette) {
  return {
    backgroundColor: palette.panel,
    borderColor: palette.line,
    textStyle: { color: palette.text, fontSize: 12 },
    confine: true,
  };
}
