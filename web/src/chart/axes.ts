// Axes and tooltips that every chart shares.
import type { Palette } from './palette';

/** Dates along the bottom, as categories. */
export function dayAxis(days: string[], palette: Palette) {
  return {
    type: 'category' as const,
    data: days,
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
    axisLabel: { color: palette.muted, hideOverlap: true, fontSize: 11 },
  };
}

/** Amounts at the left, from zero unless said otherwise. */
export function valueAxis(palette: Palette, options: { format?: (n: number) => string; min?: number; max?: number } = {}) {
  return {
    type: 'value' as const,
    min: options.min ?? 0,
    max: options.max,
    splitNumber: 3,
    axisLabel: { color: palette.muted, fontSize: 11, formatter: options.format },
    splitLine: { lineStyle: { color: palette.line } },
  };
}

/** A tooltip in the colours of the theme. */
export function tooltip(palette: Palette, options: object = {}) {
  return {
    trigger: 'axis' as const,
    backgroundColor: palette.ground,
    borderColor: palette.line,
    padding: [6, 10],
    textStyle: { color: palette.text, fontSize: 12 },
    axisPointer: { type: 'line' as const, lineStyle: { color: palette.muted, type: 'dashed' as const } },
    ...options,
  };
}

export const grid = { left: 8, right: 12, top: 10, bottom: 4, containLabel: true };
