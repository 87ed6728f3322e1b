// What the pages about data and settings ask for and change.
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { del, get, patch, post, type Query } from './client';
import type { List, User } from './contract';
import type { AuditRow, EventName, EventRow, ImportRow, Inspection, NewToken, NewWriteKey, SourceRow, TokenRow, WriteKeyRow } from './shapes';

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: ({ signal }) => get<List<SourceRow>>('/sources', undefined, signal),
});

const running = (row: ImportRow | undefined) => row?.state === 'running' || row?.state === 'queued';

export const importsQuery = infiniteQueryOptions({
  queryKey: ['imports'],
  queryFn: ({ pageParam, signal }) => get<List<ImportRow>>('/imports', { limit: 50, cursor: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: List<ImportRow>) => page.next_cursor || undefined,
  refetchInterval: (query) => (query.state.data?.pages.some((p) => p.items.some(running)) ? 1500 : false),
});

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ['imports', id],
    queryFn: ({ signal }) => get<ImportRow>(`/imports/${encodeURIComponent(id)}`, undefined, signal),
    refetchInterval: (query) => (running(query.state.data) ? 700 : false),
  });

export function inspectFile(file: File): Promise<Inspection> {
  const form = new FormData();
  form.append('file', file);
  return post<Inspection>('/imports/inspect', form);
}

/** Starts an import of files under a mapping; a dry run reads and reports, and writes nothing. */
export function startImport(files: File[], mapping: string, dryRun: boolean): Promise<ImportRow> {
  const form = new FormData();
  form.append('mapping', mapping);
  for (const file of files) form.append('file', file, file.name);
  return post<ImportRow>('/imports', form, { dry_run: dryRun || undefined });
}

export const cancelImport = (id: string) => post<ImportRow>(`/imports/${encodeURIComponent(id)}/cancel`);

export type EventsQuery = { account?: string; actor?: string; name?: string; product?: string; from?: string; to?: string; attributed?: boolean; as_of?: string };

export const eventsQuery = (query: EventsQuery) =>
  infiniteQueryOptions({
    queryKey: ['events', query],
    queryFn: ({ pageParam, signal }) => get<List<EventRow>>('/events', { ...query, limit: 100, cursor: pageParam } as Query, signal),
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    getNextPageParam: (page: List<EventRow>) => page.next_cursor || undefined,
  });

export const eventNamesQuery = queryOptions({
  queryKey: ['events', 'names'],
  queryFn: ({ signal }) => get<List<EventName>>('/events/names', undefined, signal),
  staleTime: 60_000,
});

export const tokensQuery = queryOptions({ queryKey: ['tokens'], queryFn: ({ signal }) => get<List<TokenRow>>('/tokens', undefined, signal) });
export const writeKeysQuery = queryOptions({ queryKey: ['write-keys'], queryFn: ({ signal }) => get<List<WriteKeyRow>>('/write-keys', undefined, signal) });

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam, signal }) => get<List<AuditRow>>('/audit', { limit: 100, cursor: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: List<AuditRow>) => page.next_cursor || undefined,
});

function useChange<Body, Out>(key: string, run: (body: Body) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: run, onSettled: () => client.invalidateQueries({ queryKey: [key] }) });
}

export type UserChange = { id: string; name?: string; role?: string; department?: string; disabled?: boolean };

export const useNewToken = () => useChange('tokens', (body: { name: string; role: string; expires_at?: string }) => post<NewToken>('/tokens', body));
export const useDropToken = () => useChange('tokens', (id: string) => del(`/tokens/${encodeURIComponent(id)}`));
export const useNewWriteKey = () => useChange('write-keys', (body: { name: string; source?: string }) => post<NewWriteKey>('/write-keys', body));
export const useDropWriteKey = () => useChange('write-keys', (id: string) => del(`/write-keys/${encodeURIComponent(id)}`));
export const useNewUser = () => useChange('users', (body: { email: string; name: string; role: string; department?: string; password?: string }) => post<User>('/users', body));
export const useChangeUser = () => useChange('users', ({ id, ...body }: UserChange) => patch<User>(`/users/${encodeURIComponent(id)}`, body));
export const useSetPassword = () => useChange('users', (body: { id: string; password: string }) => post<void>(`/users/${encodeURIComponent(body.id)}/password`, { password: body.password }));
