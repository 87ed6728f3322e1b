import { useCallback } from 'react';
import type { HistogramBin, MetricDetail } from '../../../api/metric';
import { dayAxis, grid, tooltip, valueAxis } from '../../../chart/axes';
import { Chart } from '../../../chart/Chart';
import type { Palette } from '../../../chart/palette';
import { day, dayShort } from '../../../format/date';
import { count, decimal, percent, plural, withUnit } from '../../../format/number';
import parts from '../../../parts/parts.module.css';
import s from './metric.module.css';

/** A range in words; whole numbers stand for themselves. */
export function rangeText(b: HistogramBin, unit?: string): string {
  if (b.to === b.from || (b.to - b.from === 1 && Number.isInteger(b.from))) return withUnit(b.from, unit);
  return `${decimal(b.from, 2)} to ${withUnit(b.to, unit)}`;
}

/** How many accounts have which value. */
export function SpreadPlot({ bins, unit, title, name, subject }: { bins: HistogramBin[]; unit?: string; title: string; name: string; subject: string }) {
  const option = useCallback(
    (p: Palette) => ({
      grid,
      tooltip: tooltip(p, { axisPointer: { type: 'shadow' } }),
      xAxis: { ...dayAxis(bins.map((b) => rangeText(b, unit)), p) },
      yAxis: valueAxis(p, { format: count }),
      series: [{ name: `${subject}s`, type: 'bar' as const, data: bins.map((b) => b.count), itemStyle: { color: p.accent }, barCategoryGap: '12%' }],
    }),
    [bins, unit, subject],
  );
  return (
    <section className={`${parts.panel} ${s.plot}`}>
      <Chart
        title={title}
        subtitle={`${subject === 'account' ? 'Accounts' : 'Product lines'} by value; the hundredth at either end is in the outermost bars`}
        name={`${name}-distribution`}
        option={option}
        table={{ header: ['Value', `${subject}s`], rows: bins.map((b) => [rangeText(b, unit), b.count]) }}
      />
    </section>
  );
}

/** The median and the middle half of 26 weeks. */
export function TrendPlot({ m }: { m: MetricDetail }) {
  const option = useCallback(
    (p: Palette) => {
      const line = { type: 'line' as const, showSymbol: false };
      const at = (f: (d: NonNullable<MetricDetail['distribution']>) => number) => m.trend.map((w) => (w.distribution ? f(w.distribution) : null));
      return {
        grid,
        tooltip: tooltip(p, { valueFormatter: (v: number | null) => (v == null ? 'no value' : withUnit(v, m.unit)) }),
        xAxis: dayAxis(m.trend.map((w) => dayShort(w.at)), p),
        yAxis: valueAxis(p, { min: m.trend.some((w) => (w.distribution?.p25 ?? 0) < 0) ? undefined : 0 }),
        series: [
          { ...line, name: 'A quarter below', data: at((d) => d.p25), lineStyle: { color: p.muted, width: 1, type: 'dashed' as const }, itemStyle: { color: p.muted } },
          { ...line, name: 'Median', data: at((d) => d.p50), lineStyle: { color: p.accent, width: 2 }, itemStyle: { color: p.accent } },
          { ...line, name: 'A quarter above', data: at((d) => d.p75), lineStyle: { color: p.muted, width: 1, type: 'dashed' as const }, itemStyle: { color: p.muted } },
        ],
      };
    },
    [m],
  );
  return (
    <section className={`${parts.panel} ${s.plot}`}>
      <Chart
        title={message(m)}
        subtitle="Median of 26 weeks, as known then; dashed: the middle half"
        name={`${m.name}-trend`}
        option={option}
        table={{
          header: ['Week', 'Subjects', 'Have a value', 'Quarter below', 'Median', 'Quarter above'],
          rows: m.trend.map((w) => [day(w.at), w.subjects, percent(w.coverage), w.distribution?.p25 ?? null, w.distribution?.p50 ?? null, w.distribution?.p75 ?? null]),
        }}
      />
    </section>
  );
}

function message(m: MetricDetail): string {
  const known = m.trend.filter((w) => w.distribution);
  const first = known.at(0)?.distribution;
  const last = known.at(-1)?.distribution;
  if (!first || !last || known.length < 2) return 'No history yet';
  const weeks = plural(known.length - 1, 'week');
  if (last.p50 === first.p50) return `The median is where it was ${weeks} ago: ${withUnit(last.p50, m.unit)}`;
  return `The median went from ${withUnit(first.p50, m.unit)} to ${withUnit(last.p50, m.unit)} in ${weeks}`;
}
