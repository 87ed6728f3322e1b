import { readAsOf } from '../../url/asof';

/** What the pages of an account show, so that a link restores it. */
export type AccountSearch = {
  /** The day that Health compares with; absent is 30 days before. */
  compare_to?: string;
  /** The product line of Usage. */
  product?: string;
  /** How far back Usage looks, in weeks; absent is 26. */
  weeks?: number;
  /** The kind of entries of the Timeline. */
  kind?: string;
  /** The attribute whose history is open. */
  attribute?: string;
};

const RANGES = [13, 26, 52, 104];

export function readAccountSearch(raw: Record<string, unknown>): AccountSearch {
  const found: AccountSearch = {};
  const day = readAsOf(raw.compare_to);
  if (day) found.compare_to = day;
  for (const key of ['product', 'kind', 'attribute'] as const) {
    const value = raw[key];
    if (typeof value === 'string' && value !== '') found[key] = value;
  }
  const weeks = Number(raw.weeks);
  if (RANGES.includes(weeks) && weeks !== 26) found.weeks = weeks;
  return found;
}
