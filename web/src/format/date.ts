import { NONE } from './number';

const DAY = 86_400_000;

// Calendar days (renewals, as-of days) are days of UTC in the API: they are shown
// as that day wherever the reader is. Instants are shown in the reader's zone.
const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const dayShortFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const instantFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** A calendar day: 3 Mar 2026. */
export function day(text: string | null | undefined): string {
  const at = parse(text);
  return at == null ? NONE : dayFormat.format(at);
}

/** A calendar day without its year: 3 Mar. */
export function dayShort(text: string | null | undefined): string {
  const at = parse(text);
  return at == null ? NONE : dayShortFormat.format(at);
}

/** An instant with its time, in the reader's zone. */
export function instant(text: string | null | undefined): string {
  const at = parse(text);
  return at == null ? NONE : instantFormat.format(at);
}

/** How long ago, or how far ahead, in the unit that a person would use. */
export function ago(text: string | null | undefined, now: number = Date.now()): string {
  const at = parse(text);
  if (at == null) return NONE;
  const diff = at - now;
  const size = Math.abs(diff);
  if (size < 60_000) return diff <= 0 ? 'just now' : 'in a moment';
  if (size < 3_600_000) return relative.format(Math.round(diff / 60_000), 'minute');
  if (size < DAY) return relative.format(Math.round(diff / 3_600_000), 'hour');
  if (size < 45 * DAY) return relative.format(Math.round(diff / DAY), 'day');
  if (size < 540 * DAY) return relative.format(Math.round(diff / (30.44 * DAY)), 'month');
  return relative.format(Math.round(diff / (365.25 * DAY)), 'year');
}

/** Days to a renewal in words: "in 12 d", "today", "9 d over". */
export function daysLeft(days: number | null | undefined): string {
  if (days == null) return NONE;
  if (days === 0) return 'today';
  return days > 0 ? `in ${days} d` : `${-days} d over`;
}

function parse(text: string | null | undefined): number | null {
  if (!text) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}
