// What the usage charts say, worked out of the series.
import type { AccountUsage } from '../../api/shapes';
import { count, percent } from '../../format/number';

type Point = { at: string; value: number | null };

export type Lines = { days: string[]; lines: { name: string; values: number[] }[] };

/** Events per product line at each instant, the largest first; what has no product comes last. */
export function byProduct(usage: AccountUsage): Lines {
  const days = [...new Set(usage.series.flatMap((x) => x.points.map((p) => p.at)))].sort();
  const index = new Map(days.map((d, i) => [d, i]));
  const sums = new Map<string, number[]>();
  for (const series of usage.series) {
    const key = series.product || 'no product';
    const values = sums.get(key) ?? days.map(() => 0);
    for (const p of series.points) values[index.get(p.at)!]! += p.count;
    sums.set(key, values);
  }
  const total = (v: number[]) => v.reduce((a, b) => a + b, 0);
  const lines = [...sums].map(([name, values]) => ({ name, values })).sort((a, b) => total(b.values) - total(a.values));
  return { days, lines };
}

/** Events per name over the range, the most frequent first. */
export function byName(usage: AccountUsage): { name: string; product?: string; values: number[]; total: number }[] {
  return usage.series
    .map((x) => ({ name: x.name, product: x.product, values: x.points.map((p) => p.count), total: x.points.reduce((a, p) => a + p.count, 0) }))
    .filter((x) => x.total > 0)
    .sort((a, b) => b.total - a.total);
}

const mean = (v: number[]) => (v.length ? v.reduce((a, b) => a + b, 0) / v.length : 0);

/** The message of a series: its last weeks against those before. Says "steady" under 5 %. */
export function trendWords(values: number[], weeks = 4): string {
  if (values.every((v) => v === 0)) return 'No use in this time';
  if (values.length < weeks * 2) return 'Use so far';
  const now = mean(values.slice(-weeks));
  const before = mean(values.slice(-weeks * 2, -weeks));
  if (before === 0) return now > 0 ? `Use began in the last ${weeks} weeks` : 'No use in the last weeks';
  if (now === 0) return `Use stopped in the last ${weeks} weeks`;
  const change = now / before - 1;
  if (Math.abs(change) < 0.05) return 'Use is steady';
  return `Use ${change > 0 ? 'rose' : 'fell'} by ${percent(Math.abs(change))} in ${weeks} weeks`;
}

/** "61 of 80 seats were in use last week", by the last instant that has both. */
export function seatWords(usage: Pick<AccountUsage, 'seats' | 'active_users'>): string {
  const last = (points: Point[]) => points.findLast((p) => p.value != null)?.value;
  const [seats, active] = [last(usage.seats), last(usage.active_users)];
  if (active == null) return 'Nobody was seen using it';
  if (!seats) return `${count(active)} active users last week; no seats are sold`;
  return `${count(active)} of ${count(seats)} seats were in use last week, ${percent(active / seats)}`;
}
