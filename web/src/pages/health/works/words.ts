// What the figures of a validation are called, and how they are written: never a
// number without its interval and its n.
import type { Estimate, Validation } from '../../../api/shapes';
import { count, decimal, NONE, percent } from '../../../format/number';

export type Mark = { word: string; tone: 'good' | 'open' | 'bad' };

/** The answer to "does it work?" in a few words. */
export function markOf(report: Pick<Validation, 'status' | 'verdict'>): Mark {
  if (report.status === 'stopped') return { word: 'Stopped: a leak check failed', tone: 'bad' };
  if (report.status === 'refused') return { word: 'Cannot be said yet', tone: 'open' };
  switch (report.verdict) {
    case 'predicts':
      return { word: 'It predicts', tone: 'good' };
    case 'backwards':
      return { word: 'It points the wrong way', tone: 'bad' };
    case 'not_shown':
      return { word: 'Not shown to predict', tone: 'bad' };
    default:
      return { word: 'Too few departures to say', tone: 'open' };
  }
}

/** What kind of evidence stands behind a figure. */
export function evidenceWord(evidence: string | undefined): string {
  switch (evidence) {
    case 'out_of_time':
      return 'judged out of time';
    case 'descriptive':
      return 'descriptive';
    case 'counted':
      return 'counted';
    default:
      return '';
  }
}

export type Style = 'plain' | 'percent' | 'days' | 'times';

function write(value: number, style: Style): string {
  switch (style) {
    case 'percent':
      return percent(value, Math.abs(value) < 0.0995 ? 1 : 0);
    case 'days':
      return `${decimal(value, 0)} days`;
    case 'times':
      return `${decimal(value, 1)}×`;
    default:
      return Math.abs(value) < 0.1 && value !== 0 ? decimal(value, 4) : decimal(value, 2);
  }
}

/** "0.83 (0.73 to 0.89)"; a dash where there is none. */
export function estimateText(e: Estimate, style: Style = 'plain'): string {
  if (e.value == null) return NONE;
  return `${write(e.value, style)} ${rangeText(e, style)}`.trim();
}

/** "(0.73 to 0.89)", or nothing. */
export function rangeText(e: Estimate, style: Style = 'plain'): string {
  return e.low == null || e.high == null ? '' : `(${write(e.low, style)} to ${write(e.high, style)})`;
}

export const valueText = (e: Estimate, style: Style = 'plain') => (e.value == null ? NONE : write(e.value, style));

/** "31 of 1,337". */
export const nText = (e: Estimate) => `${count(e.events)} of ${count(e.n)}`;

/** How far the departures have come between two rungs, from 0 to 1. */
export function rungShare(ladder: Validation['ladder']): number {
  const from = { counts: 0, descriptive: 5, basic: 20, full: 50, segments: 200 }[ladder.state] ?? 0;
  if (!ladder.next_at) return 1;
  return Math.min(1, Math.max(0, (ladder.events - from) / (ladder.next_at - from)));
}

/** The message of the chart of bands: which way the departures go. */
export function bandMessage(bands: Validation['bands']): string {
  const scored = bands.filter((b) => b.key !== '' && b.rate.value != null);
  const worst = scored[0];
  const best = scored[scored.length - 1];
  if (!worst || !best || worst === best) return 'Departures by band';
  const apart = worst.rate.low! > best.rate.high!;
  const times = best.rate.value! > 0 ? worst.rate.value! / best.rate.value! : undefined;
  if (apart && times) return `${worst.title} accounts left ${decimal(times, 1)} times as often as ${best.title} ones`;
  if (apart) return `${worst.title} accounts left; ${best.title} ones did not`;
  return `${worst.title} and ${best.title} accounts cannot be told apart by who left`;
}

/** The message of the chart of the warning: how long before leaving it stands out. */
export function aheadMessage(ahead: Validation['ahead'], red: string): string {
  const clear = ahead.filter((a) => a.p_value != null && a.p_value < 0.05).map((a) => a.days);
  if (clear.length === 0) return `Leavers were no more often ${red} beforehand than chance would have it`;
  return `Leavers stand out as ${red} up to ${Math.max(...clear)} days before they go`;
}

/** The worst band as an adjective. */
export function redWord(bands: Validation['bands']): string {
  const worst = bands[0];
  if (!worst || worst.key === '') return 'in the worst band';
  return worst.key === 'red' || worst.color === 'red' ? 'red' : `in ${worst.title}`;
}
