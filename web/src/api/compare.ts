// Two dates beside each other, the spread of scores, and hierarchies.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get, type Query } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type Comparison = Schemas['PortfolioComparison'];
export type CompareSide = Schemas['CompareSide'];
export type CompareState = Schemas['CompareState'];
export type CompareCell = Schemas['CompareCell'];
export type Move = Schemas['Move'];
export type MovePage = Schemas['MovePage'];
export type Spread = Schemas['ScoreDistribution'];
export type SpreadGroup = Schemas['DistributionGroup'];
export type Hierarchy = Schemas['Hierarchy'];
export type HierarchyNode = Schemas['HierarchyNode'];

/** Whose scores are compared, and with what. */
export type CompareQuery = { as_of?: string; compare_to?: string; scores?: string; scorecard?: string; segment?: string; owner?: string };
export type MovesQuery = CompareQuery & { from?: string; to?: string; move?: string; sort?: string };

export const compareQuery = (query: CompareQuery) =>
  queryOptions({
    queryKey: ['compare', query],
    queryFn: ({ signal }) => get<Comparison>('/health/compare', query as Query, signal),
    placeholderData: keepPreviousData,
  });

export const movesQuery = (query: MovesQuery) =>
  infiniteQueryOptions({
    queryKey: ['compare', 'moves', query],
    queryFn: ({ pageParam, signal }) => get<MovePage>('/health/compare/accounts', { limit: pageParam ? 200 : 60, ...query, cursor: pageParam } as Query, signal),
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    getNextPageParam: (page: MovePage) => page.next_cursor || undefined,
  });

export const spreadQuery = (query: CompareQuery & { by?: string; width?: number }) =>
  queryOptions({
    queryKey: ['distribution', query],
    queryFn: ({ signal }) => get<Spread>('/health/distribution', query as Query, signal),
    placeholderData: keepPreviousData,
  });

export const hierarchyQuery = (account: string, asOf?: string) =>
  queryOptions({
    queryKey: ['account', account, 'hierarchy', asOf ?? 'now'],
    queryFn: ({ signal }) => get<Hierarchy>(`/accounts/${encodeURIComponent(account)}/hierarchy`, { as_of: asOf }, signal),
  });
