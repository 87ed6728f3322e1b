import { useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { AccountQuery, View, ViewDefinition } from '../../api/contract';
import { sessionQuery } from '../../api/queries';
import type { BuiltInView } from '../../table/ViewTabs';
import { useAsOf } from '../../url/useAsOf';
import { STANDARD, metricsParam } from './columns';
import { CUSTOMERS, filterOf, nextSort, readSort, wholeFilter, type AccountsSearch } from './search';

export const builtIn: BuiltInView[] = [
  { id: 'customers', name: 'Customers', definition: { filter: CUSTOMERS, sort: 'name' } },
  { id: 'my', name: 'Mine', definition: { filter: CUSTOMERS, owner: 'me', sort: 'score' } },
  { id: 'risk', name: 'At risk', definition: { filter: `${CUSTOMERS} && band == "red"`, sort: '-arr' } },
  { id: 'falling', name: 'Falling', definition: { filter: CUSTOMERS, sort: 'delta_30' } },
  { id: 'everything', name: 'All', definition: { sort: 'name' } },
];

const COLUMNS = STANDARD.join(',');

/** The state of the accounts pages, all of it in the URL, and the query that it stands for. */
export function useAccountsView(page: '/accounts' | '/accounts/grid') {
  const me = useSuspenseQuery(sessionQuery).data.user.id;
  const search = useSearch({ strict: false }) as AccountsSearch;
  const navigate = useNavigate();
  const { asOf } = useAsOf();

  const set = useCallback(
    (change: Partial<AccountsSearch>, replace = false) => {
      void navigate({ to: page, search: (old: object) => ({ ...old, ...change }), replace } as never);
    },
    [navigate, page],
  );

  const pick = useCallback(
    (view: BuiltInView | View) => {
      const d: ViewDefinition & { owner?: string } = view.definition;
      set({
        view: view.id === 'customers' ? undefined : view.id,
        filter: view.id === 'customers' ? undefined : d.filter || undefined,
        q: undefined,
        sort: d.sort || undefined,
        cols: d.columns?.length ? d.columns.join(',') : undefined,
        density: d.density === 'comfortable' ? 'comfortable' : undefined,
        owner: d.owner,
        band: undefined,
        segment: undefined,
        peek: undefined,
      });
    },
    [set],
  );

  const columns = useMemo(() => (search.cols ? search.cols.split(',') : STANDARD), [search.cols]);
  const sort = search.sort ?? 'name';
  const filter = filterOf(search);
  const query: AccountQuery = useMemo(
    () => ({ filter, q: search.q, sort, owner: search.owner, band: search.band, segment: search.segment, as_of: asOf, metrics: metricsParam(columns) }),
    [filter, search.q, sort, search.owner, search.band, search.segment, asOf, columns],
  );
  const definition: ViewDefinition = { filter: wholeFilter({ ...search, filter }, me), sort, columns, density: search.density ?? 'compact' };
  return {
    me,
    search,
    filter,
    setFilter: (next: string | undefined) => set({ filter: next ?? (search.view === undefined ? '' : undefined) }),
    set,
    pick,
    query,
    columns,
    definition,
    sortKey: readSort(sort)[0],
    setColumns: (keys: string[]) => set({ cols: keys.join(',') === COLUMNS ? undefined : keys.join(',') }),
    sortBy: (key: string, descFirst: boolean) => set({ sort: nextSort(sort, key, descFirst) }),
  };
}

/** Whether what is shown differs from what the view says. */
export function differs(view: BuiltInView | View | undefined, now: ViewDefinition, me: string): boolean {
  if (!view) return false;
  const d: ViewDefinition & { owner?: string } = view.definition;
  const columns = (d.columns?.length ? d.columns : STANDARD).join(',');
  return (
    (wholeFilter({ filter: d.filter, owner: d.owner }, me) ?? '') !== (now.filter ?? '') ||
    (d.sort || 'name') !== now.sort ||
    columns !== now.columns?.join(',') ||
    (d.density ?? 'compact') !== now.density
  );
}
