import { useNavigate } from '@tanstack/react-router';
import type { RevenueBridge, RevenueGroup } from '../../api/revenue';
import { day } from '../../format/date';
import { moneyExact, moneyShort } from '../../format/money';
import { count, percent } from '../../format/number';
import { MoneyText, Sparkline } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import { Sheet } from '../../parts/Sheet';
import s from './revenue.module.css';

const BY_WORDS: Record<string, string> = { segment: 'segment', owner: 'owner', cohort: 'quarter of the first payment', product: 'product' };

// From 0 to 100, which is the scale of sparklines.
const relative = (values: number[]) => values.map((v) => (100 * v) / Math.max(1, ...values));

/** Bridge and retention of each group; a name lists its accounts. */
export function GroupTable({ bridge }: { bridge: RevenueBridge }) {
  const navigate = useNavigate({ from: '/revenue' });
  const money = (minor: number) => ({ minor, currency: bridge.currency });
  const hint = bridge.by === 'segment' || bridge.by === 'owner' ? `as of ${day(bridge.instants.at(-1))}` : bridge.by === 'product' ? 'each account’s life with each product by itself' : undefined;
  const rows = bridge.by === 'cohort' ? bridge.groups : [...bridge.groups].sort((a, b) => b.whole.bridge.closing_minor - a.whole.bridge.closing_minor);
  const ratio = (g: RevenueGroup, value: number | null) => <span className={g.few ? 'muted' : undefined} title={g.few ? `of ${count(g.whole.retention.accounts_opening)} accounts: too few to judge` : `of ${count(g.whole.retention.accounts_opening)} accounts`}>{percent(value, 1)}</span>;
  return (
    <Panel title={`By ${BY_WORDS[bridge.by] ?? bridge.by}`} hint={hint} className={s.groups}>
      <Sheet<RevenueGroup>
        label={`Revenue by ${bridge.by}`}
        rows={rows}
        rowKey={(g) => g.key || 'none'}
        columns={[
          {
            key: 'name',
            title: 'Group',
            render: (g) => (
              <button type="button" className={s.name} onClick={() => void navigate({ search: (old) => ({ ...old, kind: 'closing', group: g.key || 'none' }), replace: true })}>
                {g.title}
              </button>
            ),
          },
          { key: 'accounts', title: 'Accounts', align: 'right', width: 80, wide: true, render: (g) => count(g.whole.bridge.accounts_closing) },
          { key: 'opening', title: 'Opening', align: 'right', width: 88, wide: true, render: (g) => <MoneyText value={money(g.whole.bridge.opening_minor)} /> },
          { key: 'new', title: 'New', align: 'right', width: 80, wide: true, render: (g) => <MoneyText value={money(g.whole.bridge.new_minor)} /> },
          { key: 'lost', title: 'Lost', align: 'right', width: 80, wide: true, render: (g) => <MoneyText value={money(-g.whole.bridge.churn_minor - g.whole.bridge.contraction_minor)} /> },
          { key: 'closing', title: 'Closing', align: 'right', width: 88, render: (g) => <MoneyText value={money(g.whole.bridge.closing_minor)} /> },
          { key: 'trend', title: 'ARR', width: 112, wide: true, render: (g) => <Sparkline values={relative(g.closing_minor)} label={`ARR by period, last ${moneyShort(money(g.closing_minor.at(-1) ?? 0))}`} /> },
          { key: 'nrr', title: 'Net', align: 'right', width: 76, render: (g) => ratio(g, g.whole.retention.nrr) },
          { key: 'grr', title: 'Gross', align: 'right', width: 76, render: (g) => ratio(g, g.whole.retention.grr) },
          { key: 'logo', title: 'Logos', align: 'right', width: 76, render: (g) => ratio(g, g.whole.retention.logo_retention) },
        ]}
        foot={
          <tr>
            <th scope="row">All</th>
            <td data-align="right" className={s.wide}>{count(bridge.whole.bridge.accounts_closing)}</td>
            <td data-align="right" className={s.wide} title={moneyExact(money(bridge.whole.bridge.opening_minor))}>{moneyShort(money(bridge.whole.bridge.opening_minor))}</td>
            <td data-align="right" className={s.wide}>{moneyShort(money(bridge.whole.bridge.new_minor))}</td>
            <td data-align="right" className={s.wide}>{moneyShort(money(-bridge.whole.bridge.churn_minor - bridge.whole.bridge.contraction_minor))}</td>
            <td data-align="right" title={moneyExact(money(bridge.whole.bridge.closing_minor))}>{moneyShort(money(bridge.whole.bridge.closing_minor))}</td>
            <td className={s.wide} />
            <td data-align="right">{percent(bridge.whole.retention.nrr, 1)}</td>
            <td data-align="right">{percent(bridge.whole.retention.grr, 1)}</td>
            <td data-align="right">{percent(bridge.whole.retention.logo_retention, 1)}</td>
          </tr>
        }
      />
      {bridge.by === 'product' && <p className={s.note}>A product that an account takes in addition is new here, and expansion above: the closing amounts add up, the movements do not.</p>}
    </Panel>
  );
}
