// What the pages about identity across systems ask for and change.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, post, put } from './client';
import type { List } from './contract';
import type { FieldRow, Merge, MergeDetail, SourceOrders } from './shapes';

export type MergeState = Merge['state'];

export const mergesQuery = (state: MergeState) =>
  infiniteQueryOptions({
    queryKey: ['identity', 'merges', state],
    queryFn: ({ pageParam, signal }) => get<List<Merge>>('/identity/merges', { state, limit: 30, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: List<Merge>) => page.next_cursor || undefined,
  });

const at = (id: string) => `/identity/merges/${encodeURIComponent(id)}`;

export const mergeQuery = (id: string) => queryOptions({ queryKey: ['identity', 'merge', id], queryFn: ({ signal }) => get<MergeDetail>(at(id), undefined, signal) });

export const ordersQuery = queryOptions({ queryKey: ['identity', 'orders'], queryFn: ({ signal }) => get<SourceOrders>('/identity/orders', undefined, signal) });

export const fieldsQuery = (account: string) =>
  queryOptions({ queryKey: ['account', account, 'fields'], queryFn: ({ signal }) => get<List<FieldRow>>(`/accounts/${encodeURIComponent(account)}/fields`, undefined, signal) });

/** A change of who is who changes numbers everywhere. */
export function useIdentity<Body, Out>(run: (body: Body) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => client.invalidateQueries() });
}

export const proposeMerges = () => post<{ waiting: number }>('/identity/propose');
export const acceptMerge = (id: string, keep: string, note: string) => post<MergeDetail>(`${at(id)}/accept`, { keep, note });
export const rejectMerge = (id: string, note: string) => post<MergeDetail>(`${at(id)}/reject`, { note });
export const undoMerge = (id: string) => post<MergeDetail>(`${at(id)}/undo`);
export const splitAccount = (account: string, source: string) => post<MergeDetail>('/identity/splits', { account, source });
export const putOrders = (body: SourceOrders) => put<SourceOrders>('/identity/orders', body);
