import type { Money } from '../../api/contract';
import type { Impact } from '../../api/shapes';
import type { Look } from './bands';

export type MovedTotals = { accounts: number; arr: Money; better: number; worse: number; other: number };

/** How many accounts change band, which way, and their ARR; bands come worst first. */
export function movedTotals(impact: Pick<Impact, 'band_moves' | 'bands_before'>, looks: Pick<Look, 'key'>[]): MovedTotals {
  const rank = (key: string) => looks.findIndex((l) => l.key === key);
  const currency = impact.band_moves[0]?.arr.currency ?? impact.bands_before[0]?.arr.currency ?? 'USD';
  const out: MovedTotals = { accounts: 0, arr: { minor: 0, currency }, better: 0, worse: 0, other: 0 };
  for (const m of impact.band_moves) {
    if (m.from === m.to) continue;
    out.accounts += m.accounts;
    out.arr = { ...out.arr, minor: out.arr.minor + m.arr.minor };
    const [from, to] = [rank(m.from), rank(m.to)];
    if (from < 0 || to < 0) out.other += m.accounts;
    else if (to > from) out.better += m.accounts;
    else out.worse += m.accounts;
  }
  return out;
}
