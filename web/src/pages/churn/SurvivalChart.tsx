import { useComputedColorScheme } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import type { Survival, SurvivalCurve } from '../../api/churn';
import { grid, tooltip, valueAxis } from '../../chart/axes';
import { Chart } from '../../chart/Chart';
import { readPalette, type Palette } from '../../chart/palette';
import { count, percent } from '../../format/number';
import parts from '../../parts/parts.module.css';
import s from './churn.module.css';
import { GROUPINGS, pointText, survivalSubtitle } from './words';

const share = (n: number) => percent(n);

type Props = { report: Survival; shown: SurvivalCurve[]; drawn: SurvivalCurve[]; toggle: (key: string) => void };

/** The curves with their limits; grey and dashed where fewer than ten are at risk. */
export function SurvivalChart({ report, shown, drawn, toggle }: Props) {
  const dark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark';
  const colors = useMemo(() => readPalette(dark).series, [dark]);
  // With few groups each keeps its colour; with many, those on the chart have different ones.
  const ranked = drawn.length <= colors.length ? drawn : shown;
  const color = useCallback((g: SurvivalCurve, of: string[]) => of[Math.max(0, ranked.findIndex((d) => d.key === g.key)) % of.length]!, [ranked]);
  const last = Math.max(0, ...shown.map((g) => g.points.at(-1)?.month ?? 0));
  const option = useCallback(
    (p: Palette) => ({
      grid: { ...grid, top: 12, bottom: 22 },
      tooltip: tooltip(p, { formatter: (items: { dataIndex: number }[]) => tooltipText(shown, items[0]?.dataIndex ?? 0) }),
      xAxis: {
        type: 'category' as const,
        boundaryGap: false,
        data: Array.from({ length: last + 1 }, (_, m) => String(m)),
        name: 'months since the start',
        nameLocation: 'middle' as const,
        nameGap: 22,
        nameTextStyle: { color: p.muted, fontSize: 11 },
        axisLine: { lineStyle: { color: p.line } },
        axisTick: { show: false },
        axisLabel: { color: p.muted, fontSize: 11, interval: (i: number) => i % (last > 36 ? 12 : last > 12 ? 6 : 3) === 0 },
      },
      yAxis: { ...valueAxis(p, { format: share, max: 1 }), interval: 0.25 },
      series: shown.flatMap((g) => curve(g, last, color(g, p.series), p)),
    }),
    [shown, last, color],
  );
  const word = GROUPINGS.find((x) => x.value === report.by)!;
  return (
    <section className={`${parts.panel} ${s.plot}`}>
      <Chart
        title={message(report)}
        subtitle={survivalSubtitle(report.by)}
        name={`survival-by-${report.by}`}
        height={340}
        option={option}
        table={{
          header: [word.one, 'Month', 'Still there', 'From', 'To', 'At risk', 'Ended in the month', 'Censored in the month'],
          rows: shown.flatMap((g) => g.points.map((q) => [g.title, q.month, percent(q.stay, 1), percent(q.low, 1), percent(q.high, 1), `${q.at_risk}${q.thin ? ' (fewer than 10)' : ''}`, q.departures, q.censored])),
        }}
      />
      <div className={`${s.chips} no-print`} role="group" aria-label={`Curves by ${word.label.toLowerCase()}`}>
        {drawn.map((g) => {
          const on = shown.some((x) => x.key === g.key);
          return (
            <button key={g.key} type="button" className={s.chip} aria-pressed={on} onClick={() => toggle(g.key)}>
              <i style={on ? { background: color(g, colors), borderColor: color(g, colors) } : undefined} />
              {g.title} <span>{count(g.n)}</span>
            </button>
          );
        })}
        <span className={s.key}>
          <i /> fewer than 10 at risk
        </span>
      </div>
    </section>
  );
}

function message(report: Survival): string {
  const { p } = report.test;
  if (p == null) return 'How long customers stay';
  return p < 0.05 ? 'The groups differ in how long they stay' : 'No evidence that the groups differ in how long they stay';
}

// A curve holds its level until the month in which somebody leaves. Its first point
// with fewer than ten at risk still belongs to the coloured part, so that the two meet.
function curve(g: SurvivalCurve, last: number, color: string, p: Palette) {
  const at = new Map(g.points.map((q) => [q.month, q]));
  const months = Array.from({ length: last + 1 }, (_, m) => at.get(m));
  const solid = months.map((q, m) => (q && (!q.thin || (m > 0 && months[m - 1] && !months[m - 1]!.thin)) ? q.stay : null));
  const grey = months.map((q) => (q?.thin ? q.stay : null));
  const base = { type: 'line' as const, step: 'end' as const, symbol: 'none', silent: true };
  const band = { ...base, stack: `band-${g.key}`, lineStyle: { opacity: 0 } };
  return [
    { ...band, id: `low-${g.key}`, data: months.map((q) => (q && !q.thin ? q.low : null)) },
    { ...band, id: `high-${g.key}`, data: months.map((q) => (q && !q.thin ? q.high - q.low : null)), areaStyle: { color, opacity: 0.11 } },
    { ...base, id: `thin-${g.key}`, data: grey, lineStyle: { color: p.muted, width: 1.25, type: 'dashed' as const } },
    { ...base, id: g.key, name: g.title, data: solid, lineStyle: { color, width: 2 }, itemStyle: { color } },
  ];
}

function tooltipText(shown: SurvivalCurve[], month: number): string {
  const lines = shown.map((g) => pointText(g, month)).filter((t) => t !== undefined);
  return [`<b>Month ${month}</b>`, ...lines].join('<br>');
}
