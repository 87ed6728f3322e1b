import type { BridgeAsk } from '../../api/revenue';
import { dayOf } from '../../url/asof';
import type { Known } from '../../url/known';

export const SPANS = ['3m', '12m', '24m', '36m', 'ytd'] as const;
export const KINDS = ['opening', 'new', 'reactivation', 'expansion', 'escalation', 'contraction', 'churn', 'closing'] as const;
export type Kind = (typeof KINDS)[number];
const STEPS = ['quarter', 'year'] as const;
const GROUPS = ['none', 'owner', 'cohort', 'product'] as const;

export type RevenueSearch = {
  span?: (typeof SPANS)[number];
  step?: (typeof STEPS)[number];
  by?: (typeof GROUPS)[number];
  currency?: string;
  trials?: true;
  overlap?: 'sum';
  returned?: 'path';
  escalators?: 'apart';
  /** The bar whose accounts are listed, and the group they are of. */
  kind?: Kind;
  group?: string;
};

const one = <T extends string>(all: readonly T[], value: unknown): T | undefined => all.find((a) => a === value);

/** What the page asks, from its address; nonsense is left out. */
export function readRevenueSearch(raw: Record<string, unknown>): RevenueSearch {
  const found: RevenueSearch = {};
  const span = one(SPANS, raw.span);
  if (span && span !== '12m') found.span = span;
  const step = one(STEPS, raw.step);
  if (step) found.step = step;
  const by = one(GROUPS, raw.by);
  if (by) found.by = by;
  if (typeof raw.currency === 'string' && /^[A-Z]{3}$/.test(raw.currency)) found.currency = raw.currency;
  if (raw.trials === true) found.trials = true;
  if (raw.overlap === 'sum') found.overlap = 'sum';
  if (raw.returned === 'path') found.returned = 'path';
  if (raw.escalators === 'apart') found.escalators = 'apart';
  const kind = one(KINDS, raw.kind);
  if (kind) found.kind = kind;
  if (typeof raw.group === 'string' && raw.group !== '' && raw.group.length <= 100) found.group = raw.group;
  return found;
}

/** The first day of a span that ends on a day; months back keep the day where it exists. */
export function spanStart(span: RevenueSearch['span'], to: string): string {
  if (span === 'ytd') return to.endsWith('-01-01') ? `${Number(to.slice(0, 4)) - 1}-01-01` : `${to.slice(0, 4)}-01-01`;
  const months = Number((span ?? '12m').slice(0, -1));
  const [y, m, d] = to.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(y, m - 1 - months + 1, 0)).getUTCDate();
  return dayOf(Date.UTC(y, m - 1 - months, Math.min(d, last)));
}

/** What is asked of the server. */
export function askOf(search: RevenueSearch, asOf: string | undefined, known?: Known, now: number = Date.now()): BridgeAsk {
  const to = asOf ?? dayOf(now);
  return {
    from: spanStart(search.span, to),
    to,
    step: search.step ?? 'month',
    by: search.by ?? 'segment',
    currency: search.currency,
    trials: search.trials,
    overlap: search.overlap,
    left_and_returned: search.returned,
    escalators: search.escalators,
    known,
  };
}
