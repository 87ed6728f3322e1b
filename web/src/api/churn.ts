// What the pages about leaving ask for. A forecast is calculated in the background:
// until it is there, the question is asked again.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type AccountChurn = Schemas['AccountChurn'];
export type ChurnForecast = Schemas['ChurnForecast'];
export type ChurnAnswer = Schemas['ChurnAnswer'];
export type ChurnPage = Schemas['ChurnPage'];
export type ChurnRow = Schemas['ChurnRow'];
export type Survival = Schemas['Survival'];
export type SurvivalCurve = Schemas['SurvivalCurve'];
export type Grouping = Survival['by'];

const again = (calculating: boolean | undefined) => (calculating ? 1500 : false);

export const accountChurnQuery = (account: string, asOf?: string) =>
  queryOptions({
    queryKey: ['account', account, 'churn', asOf ?? 'now'],
    queryFn: ({ signal }) => get<AccountChurn>(`/accounts/${encodeURIComponent(account)}/churn`, { as_of: asOf }, signal),
    refetchInterval: (q) => again(q.state.data?.state === 'calculating'),
  });

export const forecastQuery = (horizon: string | undefined, asOf?: string) =>
  queryOptions({
    queryKey: ['churn', 'forecast', horizon ?? '90d', asOf ?? 'now'],
    queryFn: ({ signal }) => get<ChurnAnswer>('/churn', { horizon, as_of: asOf }, signal),
    refetchInterval: (q) => again(q.state.data?.calculating),
  });

export type ChurnAsk = { horizon?: string; renewing?: boolean; sort?: string; owner?: string; as_of?: string };

export const churnAccountsQuery = (ask: ChurnAsk) =>
  infiniteQueryOptions({
    queryKey: ['churn', 'accounts', ask],
    queryFn: ({ pageParam, signal }) => get<ChurnPage>('/churn/accounts', { limit: 100, ...ask, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    getNextPageParam: (page: ChurnPage) => page.next_cursor || undefined,
    refetchInterval: (q) => again(q.state.data?.pages.some((p) => p.calculating)),
  });

export const survivalQuery = (by: Grouping, asOf?: string) =>
  queryOptions({
    queryKey: ['survival', by, asOf ?? 'now'],
    queryFn: ({ signal }) => get<Survival>('/survival', { by, as_of: asOf }, signal),
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  });
