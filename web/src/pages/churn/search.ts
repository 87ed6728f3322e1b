import type { Grouping } from '../../api/churn';

export const SORTS = ['probability', 'renewal_at', 'arr', 'score', 'name'] as const;
export type SortKey = (typeof SORTS)[number];

export type ForecastSearch = { horizon?: string; list?: 'all'; sort?: string; owner?: string };

/** What the page asks, from its address; nonsense is left out. */
export function readForecastSearch(raw: Record<string, unknown>): ForecastSearch {
  const found: ForecastSearch = {};
  if (typeof raw.horizon === 'string' && /^\d{1,3}d$/.test(raw.horizon)) found.horizon = raw.horizon;
  if (raw.list === 'all') found.list = 'all';
  if (typeof raw.sort === 'string' && (SORTS as readonly string[]).includes(raw.sort.replace(/^-/, ''))) found.sort = raw.sort;
  if (typeof raw.owner === 'string' && /^[\w-]{1,60}$/.test(raw.owner)) found.owner = raw.owner;
  return found;
}

export type SurvivalSearch = { by?: Grouping; show?: string };

export function readSurvivalSearch(raw: Record<string, unknown>): SurvivalSearch {
  const found: SurvivalSearch = {};
  if (raw.by === 'cohort' || raw.by === 'product_line') found.by = raw.by;
  if (typeof raw.show === 'string' && raw.show !== '' && raw.show.length <= 400) found.show = raw.show;
  return found;
}

/** The order after a click on a column: falling first where the largest matters, then the other way. */
export function nextSort(current: string, key: SortKey): string {
  const first = key === 'name' || key === 'renewal_at' ? key : `-${key}`;
  if (current.replace(/^-/, '') !== key) return first;
  return current.startsWith('-') ? key : `-${key}`;
}
