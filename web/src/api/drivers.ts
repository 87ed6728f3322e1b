// Which metrics predict an outcome.
import { queryOptions } from '@tanstack/react-query';
import { get } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type DriverReport = Schemas['DriversReport'];
export type Driver = Schemas['Driver'];
export type DriverLag = Driver['lags'][number];

/** The server keeps it until data or model change. */
export const driversQuery = (ask: { outcome?: string; horizon?: string; as_of?: string }) =>
  queryOptions({
    queryKey: ['drivers', ask],
    queryFn: ({ signal }) => get<DriverReport>('/drivers', ask, signal),
    staleTime: 5 * 60_000,
  });
