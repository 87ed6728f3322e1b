import type { SpreadGroup } from '../../../api/compare';
import { count, decimal, percent } from '../../../format/number';

/** The colour of the band in which most of a bin lies; undefined without bands. */
export function binColor(bin: { from: number; to: number }, bands: { min: number; color: string }[]): string | undefined {
  const middle = (bin.from + bin.to) / 2;
  let found = bands[0]?.color;
  for (const b of bands) if (middle >= b.min) found = b.color;
  return found;
}

/** The message of a histogram: where half of the accounts are, and how that moved. */
export function spreadMessage(g: Pick<SpreadGroup, 'spread' | 'before'>): string {
  const { median, p25, p75 } = g.spread;
  if (median == null || p25 == null || p75 == null) return 'Nobody has a score';
  const was = g.before?.median;
  const moved = was == null ? '' : Math.abs(median - was) < 0.5 ? ', as then' : `, ${decimal(was, 0)} then`;
  return `Half score ${decimal(median, 0)} or more${moved}; the middle half ${decimal(p25, 0)} to ${decimal(p75, 0)}`;
}

/** The condition that finds the accounts of a bin. */
export function binFilter(bin: { from: number; to: number }, only?: { scorecard?: string }): string {
  const high = bin.to >= 100 ? `score <= 100.0` : `score < ${bin.to.toFixed(1)}`;
  const card = only?.scorecard ? ` && scorecard == ${JSON.stringify(only.scorecard)}` : '';
  return `status != "churned" && score >= ${bin.from.toFixed(1)} && ${high}${card}`;
}

/** "1,204 scored, 31 without a score (3%)". */
export function coverWords(s: SpreadGroup['spread']): string {
  const all = s.scored + s.unscored;
  return s.unscored === 0 ? `${count(s.scored)} scored` : `${count(s.scored)} scored, ${count(s.unscored)} without a score (${percent(s.unscored / all)})`;
}
