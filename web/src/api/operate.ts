// What the pages under Operate ask for and change.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { del, get, post, put } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type Maturity = Schemas['Maturity'];
export type MaturityRater = Schemas['MaturityRater'];
export type MaturityDimension = Schemas['MaturityDimension'];
export type MaturityResult = Schemas['MaturityResult'];
export type MaturityExchange = Schemas['MaturityExchange'];
export type RatingBody = { answers: Record<string, number>; notes: Record<string, string> };

export const maturityQuery = (asOf?: string) =>
  queryOptions({
    queryKey: ['maturity', asOf ?? 'now'],
    queryFn: ({ signal }) => get<Maturity>('/maturity', { as_of: asOf }, signal),
  });

/** A change of what the maturity page shows. */
export function useMaturity<Body, Out>(run: (body: Body) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: run, onSuccess: () => client.invalidateQueries({ queryKey: ['maturity'] }) });
}

export const rate = (body: RatingBody) => post<MaturityRater>('/maturity/ratings', body);
export const readPeers = (body: MaturityExchange) => post<Schemas['PeersAnswer']>('/maturity/peers', body);
export const forgetPeers = () => del('/maturity/peers');
export const setStage = (stage: string) => put<void>('/maturity/stage', { stage });
export const ownFigures = () => get<MaturityExchange>('/maturity/exchange');
