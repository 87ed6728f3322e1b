/** The filters of the events explorer, as they stand in the URL. */
export type EventsSearch = { account?: string; actor?: string; name?: string; product?: string; from?: string; to?: string; attributed?: boolean };

const KEYS = ['account', 'actor', 'name', 'product', 'from', 'to'] as const;

export function readEventsSearch(raw: Record<string, unknown>): EventsSearch {
  const found: EventsSearch = {};
  for (const key of KEYS) {
    const value = raw[key];
    if (typeof value === 'string' && value !== '') found[key] = value;
    else if (typeof value === 'number') found[key] = String(value);
  }
  const attributed = String(raw.attributed);
  if (attributed === 'true' || attributed === 'false') found.attributed = attributed === 'true';
  return found;
}

/** The system that is being connected, as it stands in the URL. */
export function readConnectSearch(raw: Record<string, unknown>): { kind?: string } {
  return typeof raw.kind === 'string' && raw.kind !== '' ? { kind: raw.kind } : {};
}

export type IdentitySearch = { state?: 'done' | 'rejected' | 'undone'; pair?: string };

/** Which list of merges is shown, and which pair is compared. */
export function readIdentitySearch(s: Record<string, unknown>): IdentitySearch {
  return {
    state: s.state === 'done' || s.state === 'rejected' || s.state === 'undone' ? s.state : undefined,
    pair: typeof s.pair === 'string' && s.pair ? s.pair : undefined,
  };
}
