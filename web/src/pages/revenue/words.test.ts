import { describe, expect, it } from 'vitest';
import type { BridgeLine, Retention, RevenueBridge } from '../../api/revenue';
import { askOf, readRevenueSearch, spanStart } from './search';
import { barsOf, bridgeMessage, differs, positions, retentionMessage } from './words';

const line = (over: Partial<BridgeLine>): BridgeLine => ({
  opening_minor: 0, in_minor: 0, out_minor: 0, new_minor: 0, reactivation_minor: 0, expansion_minor: 0, escalation_minor: 0, contraction_minor: 0, churn_minor: 0, currency_minor: 0, closing_minor: 0,
  accounts_opening: 0, accounts_in: 0, accounts_out: 0, accounts_new: 0, accounts_reactivated: 0, accounts_expanded: 0, accounts_contracted: 0, accounts_churned: 0, accounts_closing: 0, quick_ratio: null,
  ...over,
});

describe('the bars of a bridge', () => {
  const bars = barsOf(line({ opening_minor: 100, new_minor: 30, expansion_minor: 20, contraction_minor: 10, churn_minor: 25, closing_minor: 115, accounts_churned: 2 }));
  it('lead from the opening to the closing', () => {
    expect(bars.map((b) => b.kind)).toEqual(['opening', 'new', 'expansion', 'contraction', 'churn', 'closing']);
    expect(bars.at(-2)!.level).toBe(bars.at(-1)!.level);
    expect(bars.find((b) => b.kind === 'churn')).toMatchObject({ by: -25, level: 115, accounts: 2 });
  });
  it('show prices, rates and returns only where there are some', () => {
    const all = barsOf(line({ opening_minor: 10, reactivation_minor: 1, escalation_minor: 2, currency_minor: -3, closing_minor: 10 }));
    expect(all.map((b) => b.kind)).toEqual(['opening', 'new', 'reactivation', 'expansion', 'escalation', 'currency', 'contraction', 'churn', 'closing']);
  });
});

describe('messages', () => {
  const bridge = (over: Partial<BridgeLine>) => ({ currency: 'USD', whole: { bridge: line(over) } }) as RevenueBridge;
  it.each([
    [{}, 'No revenue in this time'],
    [{ opening_minor: 10_000_000, closing_minor: 12_500_000 }, 'ARR grew by $25K (+25%) to $125K'],
    [{ opening_minor: 10_000_000, closing_minor: 9_000_000 }, 'ARR fell by $10K (−10%) to $90K'],
    [{ opening_minor: 5_000_000, closing_minor: 5_000_000 }, 'ARR stayed at $50K'],
    [{ closing_minor: 5_000_000 }, 'ARR grew by $50K to $50K'],
  ])('%o', (over, words) => expect(bridgeMessage(bridge(over))).toBe(words));

  const at = (nrr: number | null) => ({ nrr }) as Retention;
  it('tells where retention went', () => {
    expect(retentionMessage([at(null), at(1.05), at(1.02)])).toBe('Net retention fell 3.0 points to 102%');
    expect(retentionMessage([at(1), at(1.001)])).toBe('Net retention is 100.1%');
    expect(retentionMessage([at(null)])).toBe('No twelve months of revenue yet');
  });
  it('tells how another policy differs', () => {
    expect(differs(1.05, 1.03)).toBe('+2.0 points');
    expect(differs(0.9, 0.9)).toBe('the same');
    expect(differs(null, 1)).toBe('–');
  });
  it('puts the position in force first', () => {
    const o = (value: string, in_force: boolean) => ({ switch: 'overlap', value, in_force, nrr: 1, grr: 1, logo_retention: 1, arr_opening_minor: 0, arr_closing_minor: 0, accounts_opening: 0 });
    expect(positions([o('successor', false), o('sum', true), { ...o('x', true), switch: 'trials' }], 'overlap').map((p) => p.value)).toEqual(['sum', 'successor']);
  });
});

describe('what the page asks', () => {
  it('reads an address and leaves nonsense out', () => {
    expect(readRevenueSearch({ span: '24m', step: 'quarter', by: 'owner', currency: 'EUR', overlap: 'sum', kind: 'churn', group: 'a' })).toEqual({ span: '24m', step: 'quarter', by: 'owner', currency: 'EUR', overlap: 'sum', kind: 'churn', group: 'a' });
    expect(readRevenueSearch({ span: '12m', step: 'day', by: 'segment', currency: 'euro', overlap: 1, kind: 'x', group: '' })).toEqual({});
  });
  it.each([
    [undefined, '2026-03-31', '2025-03-31'],
    ['3m', '2026-05-31', '2026-02-28'],
    ['24m', '2024-02-29', '2022-02-28'],
    ['ytd', '2026-05-31', '2026-01-01'],
    ['ytd', '2026-01-01', '2025-01-01'],
  ] as const)('%s before %s begins %s', (span, to, from) => expect(spanStart(span, to)).toBe(from));
  it('ends on the day of the page', () => {
    expect(askOf({}, '2026-03-01')).toMatchObject({ from: '2025-03-01', to: '2026-03-01', by: 'segment', step: 'month', known: undefined });
    expect(askOf({}, '2026-03-01', 'now').known).toBe('now');
    expect(askOf({}, undefined, undefined, Date.UTC(2026, 4, 2, 23)).to).toBe('2026-05-02');
  });
});
