export const HORIZONS = ['30d', '60d', '90d', '180d', '365d'] as const;

export type WorksSearch = { horizon?: string; history?: 'recorded'; outcome?: string; capacity?: number };

/** What the page asks, from its address; nonsense is left out. */
export function readWorksSearch(raw: Record<string, unknown>): WorksSearch {
  const found: WorksSearch = {};
  if (typeof raw.horizon === 'string' && /^\d{1,3}d$/.test(raw.horizon)) found.horizon = raw.horizon;
  if (raw.history === 'recorded') found.history = 'recorded';
  if (raw.outcome === 'left' || (typeof raw.outcome === 'string' && /^event:.{1,150}$/.test(raw.outcome))) found.outcome = raw.outcome;
  const capacity = Number(raw.capacity);
  if (Number.isInteger(capacity) && capacity > 0 && capacity <= 10_000_000) found.capacity = capacity;
  return found;
}
