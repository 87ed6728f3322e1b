import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { usageQuery } from '../../api/account';
import { dayAxis, grid, tooltip, valueAxis } from '../../chart/axes';
import { Chart } from '../../chart/Chart';
import type { Palette } from '../../chart/palette';
import { day, dayShort } from '../../format/date';
import { Panel } from '../../parts/Page';
import { ErrorNote, Rows } from '../../parts/States';
import parts from '../../parts/parts.module.css';
import { seatWords } from './usage';
import { useAccount } from './useAccount';

/** Active users against seats over half a year. */
export function UsageGlance() {
  const { accountId, asOf } = useAccount();
  const query = useQuery(usageQuery(accountId, { to: asOf, step: 'week' }));
  const usage = query.data;
  const days = useMemo(() => usage?.active_users.map((p) => p.at) ?? [], [usage]);
  const option = useCallback(
    (p: Palette) => ({
      grid,
      tooltip: tooltip(p),
      xAxis: dayAxis(days.map(dayShort), p),
      yAxis: valueAxis(p),
      series: [
        { name: 'Seats', type: 'line', step: 'end', showSymbol: false, data: usage?.seats.map((x) => x.value), lineStyle: { color: p.muted, width: 1.25, type: 'dashed' }, itemStyle: { color: p.muted } },
        { name: 'Active users', type: 'line', showSymbol: false, data: usage?.active_users.map((x) => x.value), lineStyle: { color: p.accent, width: 2 }, itemStyle: { color: p.accent }, areaStyle: { color: p.accent, opacity: 0.1 } },
      ],
    }),
    [usage, days],
  );
  if (query.error) return <Panel title="Usage"><ErrorNote error={query.error} retry={() => void query.refetch()} /></Panel>;
  if (!usage) return <Panel title="Usage"><Rows n={6} /></Panel>;
  return (
    <div className={parts.panel}>
      <Chart
        title={seatWords(usage)}
        subtitle="Active users each week, against seats"
        name="active-users-and-seats"
        height={178}
        option={option}
        legend={[{ label: 'Active users', color: 'var(--k-accent)' }, { label: 'Seats', color: 'var(--k-text-3)' }]}
        table={{ header: ['Week', 'Active users', 'Seats'], rows: usage.active_users.map((x, i) => [day(x.at), x.value, usage.seats[i]?.value ?? null]) }}
      />
    </div>
  );
}
