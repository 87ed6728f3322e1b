// Everything that the accounts pages show is in the URL, so that a link restores it.

export type AccountsSearch = {
  view?: string;
  filter?: string;
  q?: string;
  sort?: string;
  owner?: string;
  band?: string;
  segment?: string;
  cols?: string;
  density?: 'comfortable';
  peek?: string;
  scorecard?: string;
};

/** Accounts that have not left. */
export const CUSTOMERS = 'status != "churned"';

/**
 * The condition in force: what the URL says (an empty text is no condition), else
 * that of the view, which is the customers of today when no view is named.
 */
export function filterOf(search: Pick<AccountsSearch, 'filter' | 'view'>): string | undefined {
  if (search.filter !== undefined) return search.filter || undefined;
  return search.view === undefined ? CUSTOMERS : undefined;
}

const KEYS = ['view', 'filter', 'q', 'sort', 'owner', 'band', 'segment', 'cols', 'peek', 'scorecard'] as const;

export function readAccountsSearch(raw: Record<string, unknown>): AccountsSearch {
  const found: AccountsSearch = {};
  for (const key of KEYS) {
    const value = raw[key];
    if (typeof value === 'string' && (value !== '' || key === 'filter')) found[key] = value;
    // The router reads "123" as a number; a search for 123 is text.
    else if (typeof value === 'number') found[key] = String(value);
  }
  if (raw.density === 'comfortable') found.density = 'comfortable';
  return found;
}

export type SortKey = { key: string; desc: boolean };

/** "-score,name" as keys; the first decides. */
export function readSort(text: string | undefined): SortKey[] {
  if (!text) return [];
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '-')
    .map((part) => (part.startsWith('-') ? { key: part.slice(1), desc: true } : { key: part, desc: false }));
}

export function writeSort(keys: SortKey[]): string | undefined {
  return keys.length ? keys.map((k) => (k.desc ? `-${k.key}` : k.key)).join(',') : undefined;
}

/** A click on a header: its natural direction first, then the other, then the default order. */
export function nextSort(current: string | undefined, key: string, descFirst: boolean): string | undefined {
  const [first] = readSort(current);
  if (!first || first.key !== key) return writeSort([{ key, desc: descFirst }]);
  if (first.desc === descFirst) return writeSort([{ key, desc: !descFirst }]);
  return undefined;
}

/**
 * The whole of what is filtered as one condition: a saved view knows no band,
 * segment or owner beside its condition.
 */
export function wholeFilter(search: Pick<AccountsSearch, 'filter' | 'owner' | 'band' | 'segment'>, me: string): string | undefined {
  const parts = [
    choice('owner', search.owner === 'all' ? undefined : search.owner?.split(',').map((o) => (o === 'me' ? me : o))),
    choice('band', search.band?.split(',')),
    choice('segment', search.segment?.split(',')),
  ].filter((p) => p !== undefined);
  if (search.filter) parts.push(parts.length && search.filter.includes('||') ? `(${search.filter})` : search.filter);
  return parts.length ? parts.join(' && ') : undefined;
}

function choice(name: string, values: string[] | undefined): string | undefined {
  if (!values?.length) return undefined;
  const known = values.filter((v) => v !== 'none').map((v) => JSON.stringify(v));
  const some = known.length === 0 ? [] : [known.length === 1 ? `${name} == ${known[0]}` : `${name} in [${known.join(', ')}]`];
  const all = values.includes('none') ? [...some, `!known(${name})`] : some;
  return all.length === 1 ? all[0] : `(${all.join(' || ')})`;
}
