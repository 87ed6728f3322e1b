import type { Driver } from '../../../api/drivers';
import { decimal } from '../../../format/number';

/** A lag in words: "at the same time", "8 weeks before". */
export function lagWords(days: number): string {
  if (days === 0) return 'now';
  const weeks = days / 7;
  return Number.isInteger(weeks) ? `${weeks} ${weeks === 1 ? 'week' : 'weeks'} before` : `${days} days before`;
}

/** The q of the lag at which a driver says most. */
export const qOf = (d: Driver): number | null => d.lags.find((l) => l.days === d.lag_days)?.q ?? null;

/** A chance of false discovery as a person reads it. */
export function qWords(q: number | null): string {
  if (q == null) return '–';
  return q < 0.001 ? '< 0.001' : decimal(q, 3);
}

/** The bars of a small chart over lags: the height of each from −1 to 1 of the largest. */
export function lagBars(d: Pick<Driver, 'lags'>): { days: number; height: number; sure: boolean }[] {
  const most = Math.max(1e-12, ...d.lags.map((l) => Math.abs(l.value ?? 0)));
  return d.lags.map((l) => ({ days: l.days, height: (l.value ?? 0) / most, sure: l.q != null && l.q <= 0.05 }));
}
