export type LearnedSearch = { horizon?: string };

/** What the page asks, from its address; nonsense is left out. */
export function readLearnedSearch(raw: Record<string, unknown>): LearnedSearch {
  const found: LearnedSearch = {};
  if (typeof raw.horizon === 'string' && /^\d{1,3}d$/.test(raw.horizon) && raw.horizon !== '90d') found.horizon = raw.horizon;
  return found;
}
