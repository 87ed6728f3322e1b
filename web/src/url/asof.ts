// The as-of day of the URL: absent means today, otherwise YYYY-MM-DD, a day of UTC.

const DAY = 86_400_000;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The day of an instant, in UTC. */
export function dayOf(at: Date | number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Whether the text is a real calendar day written YYYY-MM-DD. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && dayOf(at) === text;
}

/** The as-of of a URL: a past day, or undefined for today, the future and nonsense. */
export function readAsOf(value: unknown, now: number = Date.now()): string | undefined {
  return isDay(value) && value < dayOf(now) ? value : undefined;
}

/** Moves the as-of by whole weeks; past today it is today again. */
export function stepWeeks(asOf: string | undefined, weeks: number, now: number = Date.now()): string | undefined {
  const from = Date.parse(`${asOf ?? dayOf(now)}T00:00:00Z`);
  return readAsOf(dayOf(from + weeks * 7 * DAY), now);
}

/**
 * Reads a day from words: "today", "yesterday", "last friday", "friday", "3 weeks ago",
 * "end of march", "end of last quarter", "2025-03-31", "31 mar 2025".
 * Undefined when the words are none of these, or name a day that has not come.
 */
export function dayFromWords(words: string, now: number = Date.now()): string | undefined {
  const text = words.trim().toLowerCase().replace(/^as of\s+/, '').replace(/\s+/g, ' ');
  const today = dayOf(now);
  const found = parseWords(text, new Date(`${today}T00:00:00Z`));
  return found !== undefined && found <= today ? found : undefined;
}

function parseWords(text: string, today: Date): string | undefined {
  if (isDay(text as unknown)) return text;
  if (text === 'today' || text === 'now') return dayOf(today);
  if (text === 'yesterday') return dayOf(today.getTime() - DAY);

  const name = text.replace(/^last /, '');
  const weekday = name.length < 3 ? -1 : WEEKDAYS.findIndex((w) => w.startsWith(name));
  if (weekday >= 0) {
    const back = (today.getUTCDay() - weekday + 7) % 7 || 7;
    return dayOf(today.getTime() - back * DAY);
  }
  const back = /^(a|an|one|\d+) (day|week|month|quarter|year)s? ago$/.exec(text);
  if (back) return shift(today, /^\d/.test(back[1]!) ? Number(back[1]) : 1, back[2]!);

  const last = /^last (week|month|quarter|year)$/.exec(text);
  if (last) return shift(today, 1, last[1]!);

  const end = /^end of (last )?(month|quarter|year|[a-z]+)( \d{4})?$/.exec(text);
  if (end) return endOf(today, end[2]!, end[3] ? Number(end[3]) : undefined);

  const written = /^(\d{1,2})\.? ([a-z]{3,9})\.?,?( \d{4})?$/.exec(text);
  const swapped = /^([a-z]{3,9})\.? (\d{1,2}),?( \d{4})?$/.exec(text);
  if (written) return dayOfMonth(today, Number(written[1]), written[2]!, written[3]);
  if (swapped) return dayOfMonth(today, Number(swapped[2]), swapped[1]!, swapped[3]);
  return undefined;
}

function shift(today: Date, n: number, unit: string): string {
  if (unit === 'day' || unit === 'week') return dayOf(today.getTime() - n * DAY * (unit === 'week' ? 7 : 1));
  const months = n * { month: 1, quarter: 3, year: 12 }[unit as 'month' | 'quarter' | 'year'];
  const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months, 1));
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return dayOf(first.getTime() + (Math.min(today.getUTCDate(), days) - 1) * DAY);
}

function endOf(today: Date, what: string, year?: number): string | undefined {
  const y = today.getUTCFullYear();
  const m = today.getUTCMonth();
  if (what === 'month') return dayOf(Date.UTC(y, m, 0));
  if (what === 'quarter') return dayOf(Date.UTC(y, m - (m % 3), 0));
  if (what === 'year') return dayOf(Date.UTC(y, 0, 0));
  const month = MONTHS.indexOf(what.slice(0, 3));
  if (month < 0) return undefined;
  const inYear = year ?? (month < m ? y : y - 1);
  return dayOf(Date.UTC(inYear, month + 1, 0));
}

function dayOfMonth(today: Date, date: number, name: string, year?: string): string | undefined {
  const month = MONTHS.indexOf(name.slice(0, 3));
  if (month < 0) return undefined;
  const pad = (n: number) => String(n).padStart(2, '0');
  const make = (y: number) => `${y}-${pad(month + 1)}-${pad(date)}`;
  if (year) return isDay(make(Number(year))) ? make(Number(year)) : undefined;
  const here = make(today.getUTCFullYear());
  const found = here <= dayOf(today) ? here : make(today.getUTCFullYear() - 1);
  return isDay(found) ? found : undefined;
}
