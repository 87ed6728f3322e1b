import { readAsOf } from '../../../url/asof';

/** What the comparison shows, all of it in the address. */
export type CompareSearch = {
  /** The earlier day; absent is 30 days before. */
  compare_to?: string;
  owner?: string;
  segment?: string;
  scorecard?: string;
  scores?: 'recomputed';
  /** What matrix and flow count; absent is accounts. */
  count?: 'arr';
  view?: 'flow';
  /** The accounts that are listed: from and to a state, or by their move. */
  from?: string;
  to?: string;
  move?: 'up' | 'down' | 'better' | 'worse';
  sort?: string;
  peek?: string;
};

export type SpreadSearch = Pick<CompareSearch, 'compare_to' | 'owner' | 'segment' | 'scorecard' | 'scores' | 'count'> & { by?: 'segment' | 'scorecard' };

const MOVES = ['up', 'down', 'better', 'worse'];
const SORTS = ['delta', '-delta', 'arr', '-arr', 'name', '-name'];

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' && value.length <= 200 ? value : undefined);

export function readCompareSearch(raw: Record<string, unknown>): CompareSearch {
  const found: CompareSearch = readShared(raw);
  if (raw.view === 'flow') found.view = 'flow';
  for (const key of ['from', 'to', 'peek'] as const) {
    const value = text(raw[key]);
    if (value) found[key] = value;
  }
  if (MOVES.includes(raw.move as string)) found.move = raw.move as CompareSearch['move'];
  if (SORTS.includes(raw.sort as string)) found.sort = raw.sort as string;
  return found;
}

export function readSpreadSearch(raw: Record<string, unknown>): SpreadSearch {
  const found: SpreadSearch = readShared(raw);
  if (raw.by === 'segment' || raw.by === 'scorecard') found.by = raw.by;
  return found;
}

function readShared(raw: Record<string, unknown>): Pick<CompareSearch, 'compare_to' | 'owner' | 'segment' | 'scorecard' | 'scores' | 'count'> {
  const found: CompareSearch = {};
  const day = readAsOf(raw.compare_to);
  if (day) found.compare_to = day;
  for (const key of ['owner', 'segment', 'scorecard'] as const) {
    const value = text(raw[key]);
    if (value) found[key] = value;
  }
  if (raw.scores === 'recomputed') found.scores = 'recomputed';
  if (raw.count === 'arr') found.count = 'arr';
  return found;
}

/** The earlier day, if it is earlier than the as-of day; else the usual 30 days before. */
export function usableBefore(compareTo: string | undefined, asOf: string | undefined): string | undefined {
  return compareTo && (!asOf || compareTo < asOf) ? compareTo : undefined;
}

/** Whether the address asks for a list of accounts. */
export const listed = (s: CompareSearch): boolean => s.from !== undefined || s.to !== undefined || s.move !== undefined;
