// Whether the past is looked at as it was known or as corrected since: absent
// means as known, known=now as corrected. It matters only with an as-of day.
export type Known = 'now';

export function readKnown(value: unknown): Known | undefined {
  return value === 'now' ? 'now' : undefined;
}

/** The choice of the address that is open, for what is asked of the server. */
export function knownOf(search: string): Known | undefined {
  const params = new URLSearchParams(search);
  return params.get('as_of') ? readKnown(params.get('known')?.replace(/^"|"$/g, '')) : undefined;
}
