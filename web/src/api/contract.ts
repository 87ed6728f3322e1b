// The shapes of the HTTP API (v1) under the names that the screens use. They come
// from the golden OpenAPI document: `npm run types` after it has changed.
// Missing is null or absent, never 0. Times are RFC 3339 in UTC.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Money = Schemas['Amount'];
export type Band = Schemas['BandChip'];
export type BandEdge = Schemas['BandEdge'];
export type Ref = Schemas['Ref'];
export type ProductRef = Schemas['ProductRef'];
export type Problem = Pick<Schemas['Problem'], 'title' | 'status'> & Partial<Schemas['Problem']>;

export type Session = Schemas['SessionInfo'];
export type User = Schemas['UserRow'];

export type List<T> = { items: T[]; next_cursor?: string; total: number };

export type AccountRow = Schemas['AccountRow'];
export type AccountDetail = Schemas['AccountDetail'];
export type AccountList = Schemas['AccountPage'];
export type Facets = Schemas['AccountFacets'];

export type Grid = Schemas['Grid'];
export type GridMeasure = Schemas['GridMeasure'];
export type GridCell = Schemas['GridCell'];
export type GridRow = Schemas['GridRow'];

export type Freshness = Schemas['Freshness'];
export type Portfolio = Schemas['Portfolio'];
export type PortfolioBand = Schemas['BandTotal'];
/** A count per band key and for "none", and "arr_" + key in minor units. */
export type TrendPoint = Portfolio['trend'][number];

export type AccountHealth = Schemas['AccountHealth'];
export type HealthResult = Schemas['HealthResult'];
export type HealthChange = Schemas['HealthChange'];
export type MeasureChange = Schemas['MeasureChange'];
export type AdjustmentMove = Schemas['AdjustmentMove'];
export type Contribution = Schemas['Contribution'];
export type Adjustment = Schemas['Adjustment'];

export type Metric = Schemas['CatalogueMetric'];
export type Scorecard = Schemas['ScorecardRow'];
export type Segment = Schemas['SegmentRow'];

export type View = Schemas['ViewRow'];
export type ViewDefinition = Schemas['ViewDefinition'];
export type SearchHit = Schemas['SearchHit'];

// What every list takes; the shapes of its parameters are prose in the document.
export type ListQuery = {
  limit?: number;
  cursor?: string;
  sort?: string;
  filter?: string;
  q?: string;
  as_of?: string;
};
export type AccountQuery = ListQuery & {
  metrics?: string;
  attributes?: string;
  band?: string;
  segment?: string;
  owner?: string;
};
