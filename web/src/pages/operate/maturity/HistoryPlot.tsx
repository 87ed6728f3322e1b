import { useCallback } from 'react';
import type { Maturity } from '../../../api/operate';
import { dayAxis, grid, tooltip, valueAxis } from '../../../chart/axes';
import { Chart } from '../../../chart/Chart';
import type { Palette } from '../../../chart/palette';
import { day } from '../../../format/date';
import parts from '../../../parts/parts.module.css';
import s from './maturity.module.css';
import { progress } from './words';

/** The company's rating after each day with a new one. */
export function HistoryPlot({ m }: { m: Maturity }) {
  const option = useCallback(
    (p: Palette) => ({
      grid: { ...grid, top: 14 },
      tooltip: tooltip(p, { valueFormatter: (v: number | null) => (v == null ? 'not rated' : v.toFixed(0)) }),
      xAxis: dayAxis(m.history.map((h) => day(h.day)), p),
      yAxis: { ...valueAxis(p, { max: 100 }), interval: 25 },
      series: [{ name: 'Overall', type: 'line' as const, data: m.history.map((h) => h.overall), symbolSize: 7, lineStyle: { color: p.accent, width: 2 }, itemStyle: { color: p.accent } }],
    }),
    [m],
  );
  return (
    <section className={`${parts.panel} ${s.plot}`}>
      <Chart
        title={progress(m.history)}
        subtitle="All raters together, 0 to 100; a level at each quarter"
        name="maturity-history"
        height={200}
        option={option}
        table={{
          header: ['Day', 'Raters', 'Overall', 'Level', ...m.questionnaire.map((d) => d.title)],
          rows: m.history.map((h) => [h.day, h.raters, h.overall?.toFixed(0) ?? null, h.level, ...m.questionnaire.map((d) => h.dimensions[d.key]?.toFixed(0) ?? null)]),
        }}
      />
    </section>
  );
}
