import type { BridgeLine, OtherPolicy, Retention, RevenueBridge } from '../../api/revenue';
import { moneyShort } from '../../format/money';
import { NONE, percent, plural, signed } from '../../format/number';
import type { Kind } from './search';

export type Bar = { kind: Kind | 'currency'; label: string; by: number; level: number; accounts: number; total?: boolean };

/** The bars of a bridge in order; movements of nothing are left out. */
export function barsOf(l: BridgeLine): Bar[] {
  const bars: Bar[] = [{ kind: 'opening', label: 'Opening', by: l.opening_minor, level: l.opening_minor, accounts: l.accounts_opening, total: true }];
  let level = l.opening_minor;
  const add = (kind: Bar['kind'], label: string, by: number, accounts: number, always = false) => {
    if (by === 0 && !always) return;
    level += by;
    bars.push({ kind, label, by, level, accounts });
  };
  add('new', 'New', l.new_minor, l.accounts_new, true);
  add('reactivation', 'Returned', l.reactivation_minor, l.accounts_reactivated);
  add('expansion', 'Expansion', l.expansion_minor, l.accounts_expanded, true);
  add('escalation', 'Prices', l.escalation_minor, 0);
  add('currency', 'Currency', l.currency_minor, 0);
  add('contraction', 'Contraction', -l.contraction_minor, l.accounts_contracted, true);
  add('churn', 'Churn', -l.churn_minor, l.accounts_churned, true);
  bars.push({ kind: 'closing', label: 'Closing', by: l.closing_minor, level: l.closing_minor, accounts: l.accounts_closing, total: true });
  return bars;
}

/** What the bridge says, as a sentence. */
export function bridgeMessage(b: RevenueBridge): string {
  const l = b.whole.bridge;
  const by = l.closing_minor - l.opening_minor;
  const money = (minor: number) => moneyShort({ minor, currency: b.currency });
  if (l.opening_minor === 0 && l.closing_minor === 0) return 'No revenue in this time';
  if (by === 0) return `ARR stayed at ${money(l.closing_minor)}`;
  const share = l.opening_minor > 0 ? ` (${signed((100 * by) / l.opening_minor)}%)` : '';
  return `ARR ${by > 0 ? 'grew' : 'fell'} by ${money(Math.abs(by))}${share} to ${money(l.closing_minor)}`;
}

/** What the lines of retention say. */
export function retentionMessage(trailing: Retention[]): string {
  const known = trailing.filter((m) => m.nrr != null);
  const last = known.at(-1);
  if (last?.nrr == null) return 'No twelve months of revenue yet';
  const first = known[0]!;
  const points = 100 * (last.nrr - first.nrr!);
  if (known.length < 2 || Math.abs(points) < 0.5) return `Net retention is ${percent(last.nrr, 1)}`;
  return `Net retention ${points > 0 ? 'rose' : 'fell'} ${Math.abs(points).toFixed(1)} points to ${percent(last.nrr, 1)}`;
}

/** NRR, GRR and logos in words, with how many they rest on. */
export function restsOn(m: Retention): string {
  return `${plural(m.accounts_opening, 'account')} at the start`;
}

/** How a figure differs under another policy: "+1.2 points", "the same". */
export function differs(other: number | null, here: number | null): string {
  if (other == null || here == null) return NONE;
  const points = 100 * (other - here);
  return Math.abs(points) < 0.005 ? 'the same' : `${signed(points, Math.abs(points) < 0.1 ? 2 : 1)} points`;
}

/** The positions of a switch that can be turned here, in force first. */
export function positions(others: OtherPolicy[], name: string): OtherPolicy[] {
  return others.filter((o) => o.switch === name).sort((a, b) => Number(b.in_force) - Number(a.in_force));
}
