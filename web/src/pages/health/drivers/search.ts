export type DriversSearch = { outcome?: string; horizon?: string; all?: true };

/** What the page asks, from its address; nonsense is left out. */
export function readDriversSearch(raw: Record<string, unknown>): DriversSearch {
  const found: DriversSearch = {};
  if (typeof raw.outcome === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(raw.outcome) && raw.outcome !== 'left') found.outcome = raw.outcome;
  if (typeof raw.horizon === 'string' && /^\d{1,3}d$/.test(raw.horizon) && raw.horizon !== '90d') found.horizon = raw.horizon;
  if (raw.all === true) found.all = true;
  return found;
}
