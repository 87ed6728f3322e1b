// What the page of a metric asks for.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get, post } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type MetricDetail = Schemas['MetricDetail'];
export type MetricTrial = Schemas['MetricTrial'];
export type HistogramBin = Schemas['HistogramBin'];

const at = (name: string) => `/metrics/${encodeURIComponent(name)}`;

export const metricQuery = (name: string, asOf?: string) =>
  queryOptions({
    queryKey: ['metrics', 'one', name, asOf ?? 'now'],
    queryFn: ({ signal }) => get<MetricDetail>(at(name), { as_of: asOf }, signal),
    staleTime: 60_000,
  });

/** What a text would make of a metric; the answer carries the errors of the text. */
export const metricTrialQuery = (name: string, yaml: string, account?: string) =>
  queryOptions({
    queryKey: ['metrics', 'try', name, yaml, account ?? ''],
    queryFn: ({ signal }) => post<MetricTrial>(`${at(name)}/try`, { yaml, account }, undefined, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
  });
