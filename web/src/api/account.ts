// What the pages of one account ask for and change.
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { del, get, patch, post, type Query } from './client';
import type { List } from './contract';
import type {
  AccountMetric,
  AccountMetricDetail,
  AccountUsage,
  ActivityRow,
  AttributeRow,
  ChangeAccount,
  Contact,
  NewActivity,
  NewAttribute,
  NewContact,
  NewManual,
  NewOverride,
  NumberList,
  OverrideRow,
  SubscriptionRow,
  Ticket,
  TimelineItem,
} from './shapes';

const at = (account: string, rest = '') => `/accounts/${encodeURIComponent(account)}${rest}`;

// Everything about one account hangs on ['account', id], so that one change forgets it all.
function listOf<T>(name: string) {
  return (account: string, asOf?: string, limit = 200) =>
    infiniteQueryOptions({
      queryKey: ['account', account, name, asOf ?? 'now', limit],
      queryFn: ({ pageParam, signal }) => get<List<T>>(at(account, `/${name}`), { as_of: asOf, limit, cursor: pageParam }, signal),
      initialPageParam: undefined as string | undefined,
      placeholderData: keepPreviousData,
      getNextPageParam: (page: List<T>) => page.next_cursor || undefined,
    });
}

export const contactsQuery = listOf<Contact>('contacts');
export const subscriptionsQuery = listOf<SubscriptionRow>('subscriptions');
export const ticketsQuery = listOf<Ticket>('tickets');
export const attributesQuery = listOf<AttributeRow>('attributes');
export const timelineQuery = listOf<TimelineItem>('timeline');

export const accountMetricsQuery = (account: string, asOf?: string) =>
  queryOptions({
    queryKey: ['account', account, 'metrics', asOf ?? 'now'],
    queryFn: ({ signal }) => get<NumberList<AccountMetric>>(at(account, '/metrics'), { as_of: asOf }, signal),
  });

export const metricDetailQuery = (account: string, name: string, asOf?: string) =>
  queryOptions({
    queryKey: ['account', account, 'metric', name, asOf ?? 'now'],
    queryFn: ({ signal }) => get<AccountMetricDetail>(at(account, `/metrics/${encodeURIComponent(name)}`), { as_of: asOf, step: 'week' }, signal),
  });

export type UsageQuery = { from?: string; to?: string; step?: 'week' | 'day'; product?: string };

export const usageQuery = (account: string, query: UsageQuery) =>
  queryOptions({
    queryKey: ['account', account, 'usage', query],
    queryFn: ({ signal }) => get<AccountUsage>(at(account, '/usage'), query as Query, signal),
    placeholderData: keepPreviousData,
  });

export const attributeHistoryQuery = (account: string, key: string) =>
  queryOptions({
    queryKey: ['account', account, 'attribute', key],
    queryFn: ({ signal }) => get<List<AttributeRow>>(at(account, `/attributes/${encodeURIComponent(key)}/history`), undefined, signal),
  });

export const overridesQuery = (account: string) =>
  queryOptions({
    queryKey: ['account', account, 'overrides'],
    queryFn: ({ signal }) => get<List<OverrideRow>>(at(account, '/overrides'), undefined, signal),
  });

/** A change of an account: afterwards everything about it, and every list it stands in, is asked for again. */
export function useAccountChange<Body, Out>(account: string, run: (body: Body) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: () =>
      Promise.all(
        [['account', account], ['accounts'], ['grid'], ['portfolio']].map((queryKey) => client.invalidateQueries({ queryKey })),
      ),
  });
}

export const useNewOverride = (account: string) => useAccountChange(account, (body: NewOverride) => post<OverrideRow>(at(account, '/overrides'), body));
export const useLiftOverride = (account: string) => useAccountChange(account, (id: string) => del(at(account, `/overrides/${encodeURIComponent(id)}`)));
export const useNewManual = (account: string) => useAccountChange(account, (body: NewManual) => post<AttributeRow>(at(account, '/manual'), body));
export const useNewAttribute = (account: string) => useAccountChange(account, (body: NewAttribute) => post<AttributeRow>(at(account, '/attributes'), body));
export const useNewContact = (account: string) => useAccountChange(account, (body: NewContact) => post<Contact>(at(account, '/contacts'), body));
export const useChangeAccount = (account: string) => useAccountChange(account, (body: ChangeAccount) => patch<unknown>(at(account), body));
export const newActivity = (account: string, body: NewActivity) => post<ActivityRow>(at(account, '/activities'), body);
