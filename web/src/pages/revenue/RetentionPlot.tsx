import { useCallback, useMemo } from 'react';
import type { RevenueBridge } from '../../api/revenue';
import { dayAxis, grid, tooltip, valueAxis } from '../../chart/axes';
import { Chart } from '../../chart/Chart';
import type { Palette } from '../../chart/palette';
import { day, dayShort } from '../../format/date';
import { count, percent } from '../../format/number';
import parts from '../../parts/parts.module.css';
import s from './revenue.module.css';
import { retentionMessage } from './words';

const LINES = [
  { key: 'nrr', label: 'net', series: 0 },
  { key: 'grr', label: 'gross', series: 1 },
  { key: 'logo_retention', label: 'logos', series: 2 },
] as const;

/** Retention of the twelve months before each day. */
export function RetentionPlot({ bridge }: { bridge: RevenueBridge }) {
  const rows = useMemo(() => bridge.trailing.map((m, i) => ({ at: bridge.instants[i]!, ...m })), [bridge]);
  const option = useCallback(
    (p: Palette) => ({
      grid: { ...grid, top: 14, right: 44 },
      tooltip: tooltip(p, {
        formatter: (items: { dataIndex: number }[]) => {
          const m = rows[items[0]?.dataIndex ?? 0]!;
          return `The 12 months to ${day(m.at)}<br>net ${percent(m.nrr, 1)} · gross ${percent(m.grr, 1)} · logos ${percent(m.logo_retention, 1)}<br>of ${count(m.accounts_opening)} accounts`;
        },
      }),
      xAxis: { ...dayAxis(rows.map((m) => dayShort(m.at)), p), boundaryGap: false },
      yAxis: { ...valueAxis(p, { format: (n) => percent(n) }), min: ({ min }: { min: number }) => Math.floor(min * 20) / 20, max: ({ max }: { max: number }) => Math.max(1, Math.ceil(max * 20) / 20) },
      series: LINES.map((line) => ({
        id: line.key,
        type: 'line',
        showSymbol: rows.length < 3,
        lineStyle: { color: p.series[line.series], width: 2 },
        itemStyle: { color: p.series[line.series] },
        endLabel: { show: true, formatter: line.label, color: p.series[line.series], fontSize: 11 },
        markLine: line.key === 'nrr' ? { silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: p.muted, type: 'dashed', width: 1 }, data: [{ yAxis: 1 }] } : undefined,
        data: rows.map((m) => m[line.key]),
      })),
    }),
    [rows],
  );
  return (
    <section className={`${parts.panel} ${s.plot}`}>
      <Chart
        title={retentionMessage(bridge.trailing)}
        subtitle="Of the twelve months before each day, for those who paid at their start"
        name="retention"
        height={262}
        option={option}
        table={{ header: ['Twelve months to', 'Net', 'Gross', 'Logos', 'Accounts'], rows: rows.map((m) => [day(m.at), percent(m.nrr, 1), percent(m.grr, 1), percent(m.logo_retention, 1), m.accounts_opening]) }}
      />
    </section>
  );
}
