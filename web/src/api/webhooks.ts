// What the page about outgoing webhooks asks for and changes.
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { del, get, post, put } from './client';
import type { List } from './contract';
import type { Delivery, NewWebhook, Webhook, WebhookDraft, WebhookKind } from './shapes';

export const webhookKindsQuery = queryOptions({ queryKey: ['webhook-kinds'], queryFn: ({ signal }) => get<List<WebhookKind>>('/webhook-kinds', undefined, signal), staleTime: Infinity });

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: ({ signal }) => get<List<Webhook>>('/webhooks', undefined, signal),
  refetchInterval: (query) => (query.state.data?.items.some((w) => w.waiting > 0) ? 2000 : 30_000),
});

const at = (id: string) => `/webhooks/${encodeURIComponent(id)}`;

export const deliveriesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['webhooks', id, 'deliveries'],
    queryFn: ({ pageParam, signal }) => get<List<Delivery>>(`${at(id)}/deliveries`, { limit: 30, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: List<Delivery>) => page.next_cursor || undefined,
    refetchInterval: (query) => (query.state.data?.pages.some((p) => p.items.some((d) => d.state === 'waiting')) ? 2000 : false),
  });

export function useWebhooks<Body, Out>(run: (body: Body) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: run, onSettled: () => client.invalidateQueries({ queryKey: ['webhooks'] }) });
}

export const createWebhook = (body: WebhookDraft) => post<NewWebhook>('/webhooks', body);
export const replaceWebhook = (id: string, body: WebhookDraft) => put<Webhook>(at(id), body);
export const deleteWebhook = (id: string) => del(at(id));
export const rotateWebhook = (id: string) => post<NewWebhook>(`${at(id)}/rotate`);
export const testWebhook = (id: string) => post<void>(`${at(id)}/test`);
export const redeliver = (id: string) => post<Delivery>(`/webhook-deliveries/${encodeURIComponent(id)}/redeliver`);
