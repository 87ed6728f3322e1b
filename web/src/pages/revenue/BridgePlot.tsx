import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { RevenueBridge } from '../../api/revenue';
import { dayAxis, grid, tooltip, valueAxis } from '../../chart/axes';
import { Chart } from '../../chart/Chart';
import type { Palette } from '../../chart/palette';
import { moneyExact, moneyShort } from '../../format/money';
import { count, plural } from '../../format/number';
import parts from '../../parts/parts.module.css';
import s from './revenue.module.css';
import { KINDS, type Kind } from './search';
import { barsOf, bridgeMessage, type Bar } from './words';

/** The bridge as bars that start where the one before ended; a click lists the accounts behind one. */
export function BridgePlot({ bridge }: { bridge: RevenueBridge }) {
  const navigate = useNavigate({ from: '/revenue' });
  const bars = useMemo(() => barsOf(bridge.whole.bridge), [bridge]);
  const money = useCallback((minor: number) => ({ minor, currency: bridge.currency }), [bridge.currency]);
  const option = useCallback(
    (p: Palette) => {
      const color = (b: Bar) => (b.total ? p.accent : b.by >= 0 ? p.band('green') : p.band('red'));
      return {
        grid: { ...grid, top: 22 },
        tooltip: tooltip(p, {
          axisPointer: { type: 'shadow', shadowStyle: { color: p.muted, opacity: 0.08 } },
          formatter: (items: { dataIndex: number }[]) => {
            const b = bars[items[0]?.dataIndex ?? 0]!;
            return `${b.label}: ${moneyExact(money(b.by))}${b.accounts ? `<br>${plural(b.accounts, 'account')}` : ''}`;
          },
        }),
        xAxis: { ...dayAxis(bars.map((b) => b.label), p), axisLabel: { color: p.muted, interval: 0, hideOverlap: false, fontSize: 11 } },
        yAxis: valueAxis(p, { format: (n) => moneyShort(money(n)) }),
        series: [
          { id: 'floor', type: 'bar', stack: 'bridge', silent: true, itemStyle: { color: 'transparent' }, data: bars.map((b) => (b.total ? 0 : Math.min(b.level, b.level - b.by))) },
          {
            id: 'by',
            type: 'bar',
            stack: 'bridge',
            barCategoryGap: '28%',
            cursor: 'pointer',
            label: { show: true, position: 'top', color: p.text, fontSize: 11, formatter: ({ dataIndex }: { dataIndex: number }) => moneyShort(money(bars[dataIndex]!.by)) },
            data: bars.map((b) => ({ value: Math.abs(b.by), itemStyle: { color: color(b) } })),
          },
        ],
      };
    },
    [bars, money],
  );
  const pick = (kind: string) => {
    const found = KINDS.find((k) => k === kind);
    if (found) void navigate({ search: (old) => ({ ...old, kind: found, group: undefined }), replace: true });
  };
  return (
    <section className={`${parts.panel} ${s.plot}`}>
      <Chart
        title={bridgeMessage(bridge)}
        subtitle="What moved it; a bar lists its accounts"
        name="arr-bridge"
        height={236}
        option={option}
        table={{ header: ['Movement', 'Amount a year', 'Accounts'], rows: bars.map((b) => [b.label, moneyExact(money(b.by)), b.accounts ? count(b.accounts) : null]) }}
        onPick={(_, index) => pick(bars[index]?.kind ?? '')}
      />
      <div className={`${s.picks} no-print`} role="group" aria-label="Accounts behind a bar">
        {bars
          .filter((b): b is Bar & { kind: Kind } => b.kind !== 'currency' && b.accounts > 0)
          .map((b) => (
            <button key={b.kind} type="button" className={s.pick} onClick={() => pick(b.kind)}>
              {b.label} <span className="num">{count(b.accounts)}</span>
            </button>
          ))}
      </div>
    </section>
  );
}
