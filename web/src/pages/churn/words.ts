// How probabilities, effects and curves are put into words: never a number without
// its interval and what it rests on.
import type { AccountChurn, ChurnForecast, Grouping, SurvivalCurve } from '../../api/churn';
import type { Estimate } from '../../api/shapes';
import { count, decimal, NONE, percent, plural } from '../../format/number';

/** A probability: whole per cent from 10 %, a decimal below. */
export const chance = (p: number) => (p > 0 && p < 0.001 ? `<${percent(0.001, 1)}` : percent(p, p < 0.0995 ? 1 : 0));

/** "12% (8% to 19%)"; a dash where there is none. */
export function chanceText(e: Estimate): string {
  if (e.value == null) return NONE;
  return e.low == null || e.high == null ? chance(e.value) : `${chance(e.value)} (${chance(e.low)} to ${chance(e.high)})`;
}

/** What kind of evidence stands behind a probability. */
export function evidenceOf(e: Estimate): { word: string; title: string } | undefined {
  if (e.value == null) return undefined;
  const rests = `learned from ${count(e.events)} departures among ${count(e.n)} snapshots of accounts`;
  if (e.evidence === 'out_of_time') return { word: 'tested', title: `Tested on outcomes that lay ahead of all it knew; ${rests}` };
  return { word: 'described', title: `Tested on too few departures to claim it; ${rests}` };
}

const EFFECTS: Record<string, [more: string, less: string]> = {
  renewal: ['A term ends in this time', 'No term ends in this time'],
  notice: ['What ends will not renew by itself', 'What ends renews by itself'],
  score: ['The health score is low', 'The health score is good'],
  tenure: ['How long it has been a customer', 'How long it has been a customer'],
  segment: ['Customers of its segment and scorecard leave more often', 'Customers of its segment and scorecard leave less often'],
};

/** "×4.1 · A term ends in this time". */
export function effectText(e: AccountChurn['effects'][number]): { factor: string; text: string } {
  const [more, less] = EFFECTS[e.key] ?? [e.key, e.key];
  const factor = e.odds >= 1 ? `×${decimal(e.odds, e.odds < 10 ? 1 : 0)}` : `÷${decimal(1 / e.odds, 1 / e.odds < 10 ? 1 : 0)}`;
  return { factor, text: e.odds >= 1 ? more : less };
}

export type Tone = 'good' | 'open' | 'bad';

/** The answer about a forecast in a few words. */
export function forecastMark(f: Pick<ChurnForecast, 'status' | 'evidence'>): { word: string; tone: Tone } {
  if (f.status === 'stopped') return { word: 'Stopped: a leak check failed', tone: 'bad' };
  if (f.status === 'refused') return { word: 'No probability of its own yet', tone: 'open' };
  return f.evidence === 'out_of_time' ? { word: 'Tested out of time', tone: 'good' } : { word: 'Described, not claimed', tone: 'open' };
}

export const GROUPINGS: { value: Grouping; label: string; one: string }[] = [
  { value: 'segment', label: 'Segment', one: 'Segment' },
  { value: 'cohort', label: 'Quarter of the start', one: 'Started in' },
  { value: 'product_line', label: 'Product line', one: 'Product line' },
];

/** What the curves of a grouping are about. */
export function survivalSubtitle(by: Grouping): string {
  switch (by) {
    case 'product_line':
      return 'Share of customers of a product that still have it, by months since they bought it; bands are 95 % limits';
    case 'cohort':
      return 'Share still there by months since the start, by the quarter of it; bands are 95 % limits';
    default:
      return 'Share still there by months since the start, by the segment in which an account was first seen; bands are 95 % limits';
  }
}

/** The groups to draw: those asked for, or the largest six with a curve, first those watched from their start. */
export function shownGroups(groups: SurvivalCurve[], show: string | undefined): SurvivalCurve[] {
  const drawn = groups.filter((g) => g.points.length > 0);
  if (show !== undefined) {
    const asked = show.split(',');
    const found = drawn.filter((g) => asked.includes(g.key));
    if (found.length > 0) return found;
  }
  const largest = [...drawn].sort((a, b) => Number(a.from_month > 0) - Number(b.from_month > 0) || b.n - a.n).slice(0, 6);
  return drawn.filter((g) => largest.includes(g));
}

/** The months of the table of those at risk: at most nine columns. */
export function riskMonths(last: number): number[] {
  const step = [3, 6, 12, 24].find((s) => last / s <= 8) ?? 24;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}

/** The curve in a sentence, for a tooltip. */
export function pointText(g: SurvivalCurve, month: number): string | undefined {
  const p = g.points.find((x) => x.month === month);
  if (!p) return undefined;
  return `${g.title}: ${chance(p.stay)} (${chance(p.low)} to ${chance(p.high)}), ${plural(p.at_risk, 'at risk', 'at risk')}`;
}
