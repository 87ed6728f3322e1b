import { useCallback } from 'react';
import type { Maturity, MaturityResult } from '../../../api/operate';
import { tooltip } from '../../../chart/axes';
import { Chart } from '../../../chart/Chart';
import type { Palette } from '../../../chart/palette';
import parts from '../../../parts/parts.module.css';
import s from './maturity.module.css';
import { weakest } from './words';

const values = (r: MaturityResult) => r.dimensions.map((d) => d.score ?? 0);

/** The nine dimensions around a centre: the company filled, each rater as a line. */
export function Radar({ m }: { m: Maturity }) {
  const option = useCallback(
    (p: Palette) => ({
      tooltip: tooltip(p, { trigger: 'item', valueFormatter: (v: number) => v.toFixed(0) }),
      radar: {
        indicator: m.questionnaire.map((d) => ({ name: d.title, max: 100 })),
        radius: '62%',
        splitNumber: 4,
        axisName: { color: p.text, fontSize: 11, lineHeight: 13, formatter: (name?: string) => (name ?? '').replaceAll(' ', '\n') },
        axisLine: { lineStyle: { color: p.line } },
        splitLine: { lineStyle: { color: p.line } },
        splitArea: { show: false },
      },
      series: [
        {
          type: 'radar' as const,
          symbolSize: 4,
          data: [
            ...m.raters.map((r) => ({ name: r.user.name, value: values(r.result), lineStyle: { color: p.muted, width: 1, type: 'dashed' as const }, itemStyle: { color: p.muted }, symbol: 'none' })),
            { name: 'Company', value: values(m.company), lineStyle: { color: p.accent, width: 2 }, itemStyle: { color: p.accent }, areaStyle: { color: p.accent, opacity: 0.12 } },
          ],
        },
      ],
    }),
    [m],
  );
  return (
    <section className={`${parts.panel} ${s.plot}`}>
      <Chart
        title={weakest(m)}
        subtitle={m.raters.length > 1 ? 'Share of the highest answer by dimension; dashed: each rater' : 'Share of the highest answer by dimension'}
        name="maturity"
        height={360}
        option={option}
        table={{
          header: ['Dimension', 'Company', ...m.raters.map((r) => r.user.name)],
          rows: m.company.dimensions.map((d, i) => [d.title, d.score == null ? null : d.score.toFixed(0), ...m.raters.map((r) => r.result.dimensions[i]?.score?.toFixed(0) ?? null)]),
        }}
      />
    </section>
  );
}
