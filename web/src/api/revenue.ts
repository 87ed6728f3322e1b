// What the pages about revenue ask for.
import { queryOptions } from '@tanstack/react-query';
import { get } from './client';
import type { List } from './contract';
import type { components } from './schema';

type Schemas = components['schemas'];

export type RevenueBridge = Schemas['RevenueBridge'];
export type RevenueGroup = Schemas['RevenueGroup'];
export type RevenueMovement = Schemas['RevenueMovement'];
export type BridgeLine = Schemas['Line'];
export type Retention = Schemas['Measures'];
export type PolicySwitch = Schemas['Switch'];
export type OtherPolicy = Schemas['OtherPolicy'];

export type BridgeAsk = {
  from: string;
  to: string;
  step?: string;
  by?: string;
  currency?: string;
  trials?: boolean;
  overlap?: string;
  left_and_returned?: string;
  escalators?: string;
  known?: string;
};

export const bridgeQuery = (ask: BridgeAsk) =>
  queryOptions({
    queryKey: ['revenue', 'bridge', ask],
    queryFn: ({ signal }) => get<RevenueBridge>('/revenue/bridge', ask, signal),
    staleTime: 60_000,
  });

export const movementsQuery = (ask: BridgeAsk & { kind: string; group?: string }) =>
  queryOptions({
    queryKey: ['revenue', 'movements', ask],
    queryFn: ({ signal }) => get<List<RevenueMovement>>('/revenue/movements', ask, signal),
    staleTime: 60_000,
  });
