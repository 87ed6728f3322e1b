import { useCallback, useMemo, type ReactNode } from 'react';
import type { Validation } from '../../../api/shapes';
import { dayAxis, grid, tooltip, valueAxis } from '../../../chart/axes';
import { Chart } from '../../../chart/Chart';
import type { Palette } from '../../../chart/palette';
import { count, decimal, percent, plural } from '../../../format/number';
import { bandColor } from '../../../parts/band';
import parts from '../../../parts/parts.module.css';
import { aheadMessage, bandMessage, estimateText, redWord } from './words';
import s from './works.module.css';

type Props = { report: Validation };

function Plot({ children }: { children: ReactNode }) {
  return <section className={`${parts.panel} ${s.plot}`}>{children}</section>;
}

const share = (n: number) => percent(n);

// From 0 to 100 %, in quarters.
const wholeAxis = (p: Palette) => ({ ...valueAxis(p, { format: share, max: 1 }), interval: 0.25 });

/** An interval as a line from low to high beside the points of a chart. */
function whisker(x: number, low: number | null, high: number | null, color: string) {
  if (low == null || high == null) return [];
  return [{ type: 'line' as const, data: [[x, low], [x, high]], symbol: 'rect', symbolSize: [9, 1.5], lineStyle: { color, width: 1.5 }, itemStyle: { color }, silent: true, tooltip: { show: false } }];
}

/** How many of those who left were in the worst band, by days before, beside chance. */
export function AheadPlot({ report }: Props) {
  const rows = useMemo(() => report.ahead.filter((a) => a.left > 0).sort((a, b) => b.days - a.days), [report.ahead]);
  const red = redWord(report.bands);
  const option = useCallback(
    (p: Palette) => ({
      grid: { ...grid, top: 16 },
      tooltip: tooltip(p, { trigger: 'axis', formatter: (items: { dataIndex: number }[]) => aheadWords(rows[items[0]?.dataIndex ?? 0]!, red) }),
      xAxis: dayAxis(rows.map((a) => `${a.days} days`), p),
      yAxis: valueAxis(p, { format: share }),
      series: [
        { id: 'red', type: 'bar', barWidth: '42%', itemStyle: { color: p.band(bandColor(report.bands[0]?.color)) }, data: rows.map((a) => a.share.value) },
        { id: 'chance', type: 'scatter', symbol: 'rect', symbolSize: [34, 3], itemStyle: { color: p.text }, data: rows.map((a) => (a.left ? a.by_chance / a.left : null)) },
        ...rows.flatMap((a, i) => whisker(i, a.share.low, a.share.high, p.muted)),
      ],
    }),
    [rows, red, report.bands],
  );
  return (
    <Plot>
      <Chart
        title={aheadMessage(report.ahead, red)}
        subtitle={`Share of leavers that were ${red}, by days before they left, with 95 % intervals`}
        name={`warning-${report.scorecard}`}
        height={210}
        option={option}
        legend={[
          { label: 'leavers', color: `var(--k-band-${bandColor(report.bands[0]?.color)})` },
          { label: 'by chance', color: 'var(--k-text)' },
        ]}
        table={{
          header: ['Days before', 'Leavers with a score', red, 'By chance', 'Share (95 %)', 'p'],
          rows: rows.map((a) => [a.days, a.left, a.red, decimal(a.by_chance, 1), estimateText(a.share, 'percent'), a.p_value == null ? null : decimal(a.p_value, 3)]),
        }}
      />
    </Plot>
  );
}

function aheadWords(a: Validation['ahead'][number], red: string): string {
  return `${a.days} days before: ${a.red} of ${plural(a.left, 'leaver')} ${red}<br>chance would give ${decimal(a.by_chance, 1)}<br>${estimateText(a.share, 'percent')}`;
}

/** Departures by band with their intervals. */
export function BandPlot({ report }: Props) {
  const rows = report.bands;
  const option = useCallback(
    (p: Palette) => ({
      grid: { ...grid, top: 16 },
      tooltip: tooltip(p, { trigger: 'axis', formatter: (items: { dataIndex: number }[]) => bandWords(rows[items[0]?.dataIndex ?? 0]!) }),
      xAxis: dayAxis(rows.map((b) => b.title), p),
      yAxis: valueAxis(p, { format: (n) => percent(n, n < 0.1 ? 1 : 0) }),
      series: [
        { id: 'rate', type: 'bar', barWidth: '42%', data: rows.map((b) => ({ value: b.rate.value, itemStyle: { color: p.band(bandColor(b.color)) } })) },
        ...rows.flatMap((b, i) => whisker(i, b.rate.low, b.rate.high, p.text)),
      ],
    }),
    [rows],
  );
  return (
    <Plot>
      <Chart
        title={bandMessage(rows)}
        subtitle={`Share that left within ${report.setup.horizon_days} days of a cut-off, by band then, with Wilson intervals`}
        name={`departures-by-band-${report.scorecard}`}
        height={210}
        option={option}
        table={{
          header: ['Band', 'Accounts at a cut-off', 'Left', 'Share (95 %)', 'Share of ARR (95 %)'],
          rows: rows.map((b) => [b.title, b.rows, b.left, estimateText(b.rate, 'percent'), estimateText(b.arr_rate, 'percent')]),
        }}
      />
    </Plot>
  );
}

const bandWords = (b: Validation['bands'][number]) => `${b.title}: ${count(b.left)} of ${count(b.rows)} left<br>${estimateText(b.rate, 'percent')}<br>of their ARR ${estimateText(b.arr_rate, 'percent')}`;

/** How many leavers are found for how many false alarms. */
export function ROCPlot({ report }: Props) {
  const points = report.roc;
  const option = useCallback(
    (p: Palette) => ({
      grid: { ...grid, bottom: 18 },
      tooltip: tooltip(p, { trigger: 'axis', formatter: (items: { value: [number, number] }[]) => `${percent(items[0]?.value[1])} of the leavers found<br>for ${percent(items[0]?.value[0])} of those who stay` }),
      xAxis: { ...wholeAxis(p), name: 'of those who stay', nameLocation: 'middle', nameGap: 22, nameTextStyle: { color: p.muted } },
      yAxis: wholeAxis(p),
      series: [
        { id: 'roc', type: 'line', showSymbol: false, lineStyle: { color: p.accent, width: 2 }, itemStyle: { color: p.accent }, areaStyle: { color: p.accent, opacity: 0.07 }, data: points.map((q) => [q.false_alarms, q.found]) },
        { id: 'chance', type: 'line', showSymbol: false, silent: true, lineStyle: { color: p.muted, type: 'dashed', width: 1 }, data: [[0, 0], [1, 1]], tooltip: { show: false } },
      ],
    }),
    [points],
  );
  return (
    <Plot>
      <Chart
        title={`Ranking: AUC ${estimateText(report.metrics.auc)}`}
        subtitle="Leavers found, against those who stay that are looked at in vain; dashed is a coin"
        name={`roc-${report.scorecard}`}
        height={230}
        option={option}
        table={{ header: ['Of those who stay', 'Leavers found'], rows: points.map((q) => [percent(q.false_alarms, 1), percent(q.found, 1)]) }}
      />
    </Plot>
  );
}

/** Predicted against observed, in bins of equal count. */
export function CalibrationPlot({ report }: Props) {
  const bins = report.calibration;
  const { curve, miscalibration, discrimination, uncertainty } = report.recalibrated;
  const option = useCallback(
    (p: Palette) => {
      const top = Math.min(1, Math.max(...bins.map((b) => Math.max(b.predicted, b.observed.high ?? 0))) * 1.05);
      return {
        grid: { ...grid, bottom: 18 },
        tooltip: tooltip(p, { trigger: 'item', formatter: (item: { dataIndex: number }) => binWords(bins[item.dataIndex]!) }),
        xAxis: { ...valueAxis(p, { format: (n) => percent(n, n < 0.1 ? 1 : 0), max: top }), name: 'predicted', nameLocation: 'middle', nameGap: 22, nameTextStyle: { color: p.muted } },
        yAxis: valueAxis(p, { format: (n) => percent(n, n < 0.1 ? 1 : 0), max: top }),
        series: [
          { id: 'bins', type: 'scatter', symbolSize: 8, itemStyle: { color: p.accent }, data: bins.map((b) => [b.predicted, b.observed.value]) },
          { id: 'perfect', type: 'line', showSymbol: false, silent: true, lineStyle: { color: p.muted, type: 'dashed', width: 1 }, data: [[0, 0], [top, top]] },
          ...(curve.length > 0 ? [{ id: 'curve', type: 'line' as const, showSymbol: false, silent: true, lineStyle: { color: p.accent, width: 1.5 }, data: curve.filter((q) => q.predicted <= top).map((q) => [q.predicted, q.observed]) }] : []),
          ...bins.flatMap((b) => whisker(b.predicted, b.observed.low, b.observed.high, p.muted)),
        ],
      };
    },
    [bins, curve],
  );
  const slope = report.metrics.calibration_slope;
  return (
    <Plot>
      <Chart
        title={slope.value == null ? `Probabilities: ${estimateText(report.metrics.expected_over_observed, 'times')} as many expected as left` : `Probabilities: slope ${estimateText(slope)}`}
        subtitle={
          curve.length === 0
            ? 'Left, against the probability said beforehand, in bins of equal count; dashed is perfect'
            : `Left, against the probability said beforehand: bins of equal count, and the best rising curve. Brier score = ${decimal(miscalibration ?? 0, 4)} miscalibration − ${decimal(discrimination ?? 0, 4)} discrimination + ${decimal(uncertainty ?? 0, 4)} uncertainty`
        }
        name={`calibration-${report.scorecard}`}
        height={230}
        option={option}
        table={{ header: ['Predicted', 'Observed (95 %)', 'Left', 'Of'], rows: bins.map((b) => [percent(b.predicted, 1), estimateText(b.observed, 'percent'), b.observed.events, b.observed.n]) }}
      />
    </Plot>
  );
}

const binWords = (b: Validation['calibration'][number]) => `said ${percent(b.predicted, 1)}<br>left ${estimateText(b.observed, 'percent')}, ${count(b.observed.events)} of ${count(b.observed.n)}`;

/** For how long leavers had been in the worst band. */
export function LeadPlot({ report }: Props) {
  const { histogram, median_days: median } = report.lead;
  const red = redWord(report.bands);
  const option = useCallback(
    (p: Palette) => ({
      grid,
      tooltip: tooltip(p, { trigger: 'axis', formatter: (items: { dataIndex: number }[]) => `${histogram[items[0]?.dataIndex ?? 0]?.label}: ${plural(histogram[items[0]?.dataIndex ?? 0]?.n ?? 0, 'leaver')}` }),
      xAxis: { ...dayAxis(histogram.map((h) => h.label.replace(' and more', '+').replace(' days', '').replace('under ', '<').replace(' to ', '–')), p), axisLabel: { color: p.muted, fontSize: 11, interval: 0 } },
      yAxis: valueAxis(p),
      series: [{ id: 'lead', type: 'bar', barCategoryGap: '22%', data: histogram.map((h, i) => ({ value: h.n, itemStyle: { color: i === 0 ? p.band('grey') : p.accent } })) }],
    }),
    [histogram],
  );
  return (
    <Plot>
      <Chart
        title={median.value == null ? `Lead time: ${count(report.lead.turned)} of ${count(report.lead.left)} leavers were ${red} at the end` : `Lead time: half of the warnings came ${estimateText(median, 'days')} ahead or earlier`}
        subtitle={`Leavers by days for which they had been ${red} without a break when they left`}
        name={`lead-time-${report.scorecard}`}
        height={210}
        option={option}
        table={{ header: ['Days', 'Leavers'], rows: histogram.map((h) => [h.label, h.n]) }}
      />
    </Plot>
  );
}
