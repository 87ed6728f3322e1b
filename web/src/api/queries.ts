// What the screens ask for. The key of a query starts with the resource, so that
// a change can forget everything that hangs on it.
import { hashKey, infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { knownOf } from '../url/known';
import { ApiError, get, type Query } from './client';
import type {
  AccountDetail,
  AccountHealth,
  AccountList,
  AccountQuery,
  Freshness,
  Grid,
  List,
  ListQuery,
  Metric,
  Portfolio,
  Scorecard,
  SearchHit,
  Segment,
  Session,
  User,
  View,
} from './contract';

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // The two pasts, as known and as corrected, are kept apart.
        queryKeyHashFn: (key) => `${hashKey(key)}${knownOf(globalThis.location?.search ?? '') ?? ''}`,
        refetchOnWindowFocus: false,
        // A 4xx will be a 4xx again; a server that restarts deserves a second try.
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: (n) => 400 * 2 ** n,
      },
    },
  });
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => get<Session>('/session', undefined, signal),
  staleTime: 5 * 60_000,
});

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => get<List<User>>('/users', undefined, signal),
  staleTime: 5 * 60_000,
});

export const freshnessQuery = queryOptions({
  queryKey: ['freshness'],
  queryFn: ({ signal }) => get<Freshness>('/freshness', undefined, signal),
});

export const metricsQuery = queryOptions({
  queryKey: ['metrics'],
  queryFn: ({ signal }) => get<List<Metric>>('/metrics', undefined, signal),
  staleTime: 5 * 60_000,
});

export const segmentsQuery = queryOptions({
  queryKey: ['segments'],
  queryFn: ({ signal }) => get<List<Segment>>('/segments', undefined, signal),
  staleTime: 5 * 60_000,
});

export const scorecardsQuery = (asOf?: string) =>
  queryOptions({
    queryKey: ['scorecards', asOf ?? 'now'],
    queryFn: ({ signal }) => get<List<Scorecard>>('/scorecards', { as_of: asOf }, signal),
    staleTime: 5 * 60_000,
  });

export const viewsQuery = (page: string) =>
  queryOptions({
    queryKey: ['views', page],
    queryFn: ({ signal }) => get<List<View>>('/views', { page }, signal),
  });

export const portfolioQuery = (owner: string, asOf?: string) =>
  queryOptions({
    queryKey: ['portfolio', owner, asOf ?? 'now'],
    queryFn: ({ signal }) => get<Portfolio>('/portfolio', { owner, as_of: asOf }, signal),
  });

// A short first page is on the screen at once; whoever scrolls on gets long ones.
const pageSize = (cursor: string | undefined) => (cursor ? 400 : 100);

export const accountsQuery = (query: AccountQuery) =>
  infiniteQueryOptions({
    queryKey: ['accounts', query],
    queryFn: ({ pageParam, signal }) =>
      get<AccountList>('/accounts', { limit: pageSize(pageParam), ...query, cursor: pageParam } as Query, signal),
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    getNextPageParam: (page: AccountList) => page.next_cursor || undefined,
  });

export const accountQuery = (account: string, asOf?: string) =>
  queryOptions({
    queryKey: ['account', account, asOf ?? 'now'],
    queryFn: ({ signal }) => get<AccountDetail>(`/accounts/${encodeURIComponent(account)}`, { as_of: asOf }, signal),
  });

/** Rows of the grid at any place; those out of sight for a minute are forgotten. */
export const GRID_ROWS = 100;
export const gridWindowQuery = (query: ListQuery & { scorecard?: string; owner?: string }, page: number) =>
  queryOptions({
    queryKey: ['grid', query, page],
    queryFn: ({ signal }) => get<Grid>('/health/grid', { limit: GRID_ROWS, ...query, offset: page * GRID_ROWS } as Query, signal),
    gcTime: 60_000,
  });

export const healthQuery = (account: string, asOf?: string, compareTo?: string) =>
  queryOptions({
    queryKey: ['account', account, 'health', asOf ?? 'now', compareTo ?? '30d'],
    queryFn: ({ signal }) =>
      get<AccountHealth>(
        `/accounts/${encodeURIComponent(account)}/health`,
        { as_of: asOf, compare_to: compareTo },
        signal,
      ),
  });

/** The largest accounts: what an account is chosen from before anything is typed. */
export const largestAccountsQuery = queryOptions({
  queryKey: ['accounts', 'largest'],
  queryFn: ({ signal }) => get<AccountList>('/accounts', { limit: 20, sort: '-arr' }, signal),
  staleTime: 5 * 60_000,
});

export const searchQuery = (q: string) =>
  queryOptions({
    queryKey: ['search', q],
    queryFn: ({ signal }) => get<{ items: SearchHit[] }>('/search', { q }, signal),
    staleTime: 60_000,
  });
