// What the pages about connected systems ask for and change.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { del, get, post, put } from './client';
import type { List } from './contract';
import type { Connection, ConnectionDraft, ConnectionPreview, ConnectionRun, ConnectionTest, Connector, WaitingRow } from './shapes';

export const connectorsQuery = queryOptions({
  queryKey: ['connectors'],
  queryFn: ({ signal }) => get<List<Connector>>('/connectors', undefined, signal),
  staleTime: Infinity,
});

const at = (id: string) => `/connections/${encodeURIComponent(id)}`;

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: ({ signal }) => get<List<Connection>>('/connections', undefined, signal),
  refetchInterval: (query) => (query.state.data?.items.some((c) => c.state === 'running' || c.state === 'new') ? 1500 : 15_000),
});

export const connectionQuery = (id: string) =>
  queryOptions({
    queryKey: ['connections', id],
    queryFn: ({ signal }) => get<Connection>(at(id), undefined, signal),
    refetchInterval: (query) => (query.state.data?.state === 'running' || query.state.data?.state === 'new' ? 1000 : 15_000),
  });

export const runsQuery = (id: string, running: boolean) =>
  infiniteQueryOptions({
    queryKey: ['connections', id, 'runs'],
    queryFn: ({ pageParam, signal }) => get<List<ConnectionRun>>(`${at(id)}/runs`, { limit: 20, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: List<ConnectionRun>) => page.next_cursor || undefined,
    refetchInterval: running ? 1500 : false,
  });

export const runQuery = (id: string) =>
  queryOptions({ queryKey: ['connection-runs', id], queryFn: ({ signal }) => get<ConnectionRun>(`/connection-runs/${encodeURIComponent(id)}`, undefined, signal) });

export const waitingQuery = (id: string) =>
  queryOptions({ queryKey: ['connections', id, 'waiting'], queryFn: ({ signal }) => get<List<WaitingRow>>(`${at(id)}/waiting`, { limit: 100 }, signal) });

/** A try may name the stored connection whose secrets stand in for those left out. */
export type Try = ConnectionDraft & { id?: string };

export const testConnection = (body: Try) => post<ConnectionTest>('/connections/test', body);
export const previewConnection = (body: Try) => post<ConnectionPreview>('/connections/preview', body);

export function useConnections<Body, Out>(run: (body: Body) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: run, onSettled: () => client.invalidateQueries({ queryKey: ['connections'] }) });
}

export const saveConnection = (id: string | undefined, body: ConnectionDraft) => (id ? put<Connection>(at(id), body) : post<Connection>('/connections', body));
export const deleteConnection = (id: string) => del(at(id));
export const actOn = (id: string, verb: 'run' | 'stop' | 'pause' | 'resume') => post<unknown>(`${at(id)}/${verb}`);
export const resetConnection = (id: string, stream?: string) => post<Connection>(`${at(id)}/reset`, { stream });
