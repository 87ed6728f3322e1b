import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { accountMetricsQuery, usageQuery } from '../../api/account';
import type { AccountUsage } from '../../api/shapes';
import { dayAxis, grid, tooltip, valueAxis } from '../../chart/axes';
import { Chart } from '../../chart/Chart';
import { readPalette, type Palette } from '../../chart/palette';
import { day, dayShort } from '../../format/date';
import { count, countShort } from '../../format/number';
import { Sparkline } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import parts from '../../parts/parts.module.css';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { useAsOf } from '../../url/useAsOf';
import s from './records.module.css';
import { MetricsTable } from './MetricsTable';
import { byName, byProduct, seatWords, trendWords } from './usage';
import { useAccount } from './useAccount';

const WEEK = 7 * 86_400_000;

/** Events by product line over time, active users against seats, and every event by name. */
export function Usage() {
  const { accountId, asOf, detail } = useAccount();
  const { product, weeks = 26 } = useSearch({ from: '/app/accounts/$accountId' });
  const navigate = useNavigate();
  const from = useMemo(() => new Date((asOf ? Date.parse(asOf) : Date.now()) - weeks * WEEK).toISOString().slice(0, 10), [asOf, weeks]);
  const query = useQuery(usageQuery(accountId, { to: asOf, product, step: 'week', from }));
  const metrics = useQuery(accountMetricsQuery(accountId, asOf));
  const set = (change: object) => void navigate({ to: '.', search: (old: object) => ({ ...old, ...change }) } as never);
  const usage = query.data;
  const nothing = usage && usage.series.every((x) => x.points.every((p) => p.count === 0));
  return (
    <div className={s.page}>
      <div className={`${s.bar} no-print`}>
        <Select aria-label="Product line" w={190} clearable placeholder="All product lines" data={(detail?.relationships ?? []).map((r) => ({ value: r.product.key, label: r.product.name }))} value={product ?? null} onChange={(v) => set({ product: v ?? undefined })} />
        <SegmentedControl aria-label="How far back" value={String(weeks)} onChange={(v) => set({ weeks: v === '26' ? undefined : Number(v) })} data={[{ value: '13', label: '3 months' }, { value: '26', label: '6 months' }, { value: '52', label: '1 year' }, { value: '104', label: '2 years' }]} />
      </div>
      {query.error && <ErrorNote error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Rows n={12} />}
      {nothing && (
        <Empty title="No use was seen in this time">
          Either nobody used the product, or its events do not reach Kept. Choose a longer time, or look under <Link to="/data/events">Data, Events</Link> for events that belong to no account.
        </Empty>
      )}
      {usage && !nothing && (
        <>
          <div className={s.charts}>
            <EventsChart usage={usage} />
            <SeatsChart usage={usage} />
          </div>
          <Names usage={usage} account={accountId} from={from} to={usage.to.slice(0, 10)} />
        </>
      )}
      {metrics.data && metrics.data.items.length > 0 && (
        <Panel title="Metrics" hint="each opens its formula, inputs and history">
          <MetricsTable items={metrics.data.items} account={accountId} />
        </Panel>
      )}
    </div>
  );
}

function EventsChart({ usage }: { usage: AccountUsage }) {
  const { setAsOf } = useAsOf();
  const { days, lines } = useMemo(() => byProduct(usage), [usage]);
  const all = useMemo(() => days.map((_, i) => lines.reduce((sum, l) => sum + l.values[i]!, 0)), [days, lines]);
  const option = useCallback(
    (p: Palette) => ({
      grid,
      tooltip: tooltip(p),
      xAxis: dayAxis(days.map(dayShort), p),
      yAxis: valueAxis(p, { format: countShort }),
      series: lines.map((l, i) => ({ id: l.name, name: l.name, type: 'bar', stack: 'events', barCategoryGap: '20%', data: l.values, itemStyle: { color: p.series[i % p.series.length] } })),
    }),
    [days, lines],
  );
  const colors = readPalette(document.documentElement.dataset.mantineColorScheme === 'dark').series;
  return (
    <section className={parts.panel}>
      <Chart title={trendWords(all)} subtitle="Events each week, by product line" name="events-by-product" height={220} option={option} legend={lines.map((l, i) => ({ label: l.name, color: colors[i % colors.length]! }))} table={{ header: ['Week', ...lines.map((l) => l.name)], rows: days.map((d, i) => [day(d), ...lines.map((l) => l.values[i]!)]) }} onPick={(_, i) => setAsOf(days[i]?.slice(0, 10))} />
    </section>
  );
}

function SeatsChart({ usage }: { usage: AccountUsage }) {
  const days = useMemo(() => usage.active_users.map((p) => p.at), [usage]);
  const option = useCallback(
    (p: Palette) => ({
      grid,
      tooltip: tooltip(p),
      xAxis: dayAxis(days.map(dayShort), p),
      yAxis: valueAxis(p),
      series: [
        { name: 'Seats', type: 'line', step: 'end', showSymbol: false, data: usage.seats.map((x) => x.value), lineStyle: { color: p.muted, width: 1.25, type: 'dashed' }, itemStyle: { color: p.muted } },
        { name: 'Active users', type: 'line', showSymbol: false, data: usage.active_users.map((x) => x.value), lineStyle: { color: p.accent, width: 2 }, itemStyle: { color: p.accent }, areaStyle: { color: p.accent, opacity: 0.1 } },
      ],
    }),
    [usage, days],
  );
  return (
    <section className={parts.panel}>
      <Chart title={seatWords(usage)} subtitle="Active users each week, against seats" name="active-users-and-seats" height={220} option={option} legend={[{ label: 'Active users', color: 'var(--k-accent)' }, { label: 'Seats', color: 'var(--k-text-3)' }]} table={{ header: ['Week', 'Active users', 'Seats'], rows: usage.active_users.map((x, i) => [day(x.at), x.value, usage.seats[i]?.value ?? null]) }} />
    </section>
  );
}

function Names({ usage, account, from, to }: { usage: AccountUsage; account: string; from: string; to: string }) {
  const rows = byName(usage);
  const most = Math.max(1, ...rows.flatMap((r) => r.values));
  return (
    <Panel title="What they do" hint="events by name; a click shows the rows">
      <Sheet
        label="Events by name"
        rows={rows}
        rowKey={(r) => `${r.name} ${r.product ?? ''}`}
        columns={[
          {
            key: 'name',
            title: 'Event',
            render: (r) => (
              <Link to="/data/events" search={{ account, name: r.name, product: r.product || undefined, from, to }}>
                {r.name}
              </Link>
            ),
          },
          { key: 'product', title: 'Product line', wide: true, render: (r) => r.product || <span className="muted">none</span> },
          { key: 'spark', title: 'Each week', width: 150, wide: true, render: (r) => <Sparkline values={r.values.map((v) => (v / most) * 100)} width={130} height={18} label={`${r.values.length} weeks, ${count(r.values[0])} to ${count(r.values[r.values.length - 1])}`} /> },
          { key: 'last', title: 'Last week', align: 'right', width: 100, render: (r) => count(r.values[r.values.length - 1]) },
          { key: 'total', title: 'In all', align: 'right', width: 100, render: (r) => count(r.total) },
        ]}
      />
    </Panel>
  );
}
