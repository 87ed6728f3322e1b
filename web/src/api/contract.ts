// The shapes of the HTTP API (v1) as the screens use them. Missing is null or
// absent, never 0. Times are RFC 3339 in UTC; money is minor units + currency.

export type Money = { minor: number; currency: string };
export type Band = { key: string; title: string; color: string; letter: string };
export type Ref = { id: string; name: string };

export type User = {
  id: string;
  email: string;
  name: string;
  role: string;
  department?: string;
  disabled?: boolean;
  created_at?: string;
  last_seen_at?: string | null;
};

export type Session = {
  user: User;
  permissions: string[];
  company: { name: string };
  version: string;
  setup: boolean;
};

export type List<T> = { items: T[]; next_cursor?: string; total: number };
export type Stamped = { as_of: string; model_version: number };

export type AccountRow = {
  id: string;
  name: string;
  domain?: string;
  parent_id?: string | null;
  owner?: Ref | null;
  segment?: { key: string; title: string } | null;
  stage: string;
  active: boolean;
  churned_at?: string | null;
  since: string;
  score: number | null;
  computed_score?: number | null;
  band?: Band | null;
  coverage: number | null;
  scorecard?: string;
  overridden?: boolean;
  stale?: boolean;
  delta_30: number | null;
  delta_90: number | null;
  arr?: Money | null;
  renewal_at: string | null;
  days_to_renewal: number | null;
  spark?: (number | null)[];
  metrics?: Record<string, number | null>;
  attributes?: Record<string, unknown>;
};

export type Facets = {
  currency?: string;
  band: Record<string, number>;
  segment: Record<string, number>;
  arr_by_band: Record<string, number>;
};
export type AccountList = List<AccountRow> & Stamped & { facets?: Facets };

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

export type GridMeasure = { key: string; title: string; group: string };
export type GridCell = {
  measure: string;
  score: number | null;
  /** The key of the band of the measure's own score; "" when it has none. */
  band: string;
  value: number | null;
  why?: string;
  stale?: boolean;
};
export type GridRow = { account: AccountRow; cells: GridCell[] };
export type Grid = List<GridRow> & Stamped & { measures: GridMeasure[]; scorecard?: { key: string; title: string } };

export type PortfolioBand = {
  key: string;
  title: string;
  color: string;
  letter?: string;
  accounts: number;
  arr: Money;
  accounts_before: number;
  arr_before: Money;
};
/** A count per band key and for "none", and "arr_" + key in minor units. */
export type TrendPoint = { as_of: string } & Record<string, number | string>;
export type Freshness = {
  newest_event_at: string | null;
  events?: number;
  accounts?: number;
  last_evaluation_at: string | null;
  slowest_source?: string;
  late: boolean;
  model_version?: number;
};
export type Portfolio = Stamped & {
  owner: string;
  totals: {
    accounts: number;
    arr: Money | null;
    score_mean_arr_weighted: number | null;
    delta_30: number | null;
  };
  bands: PortfolioBand[];
  movers_up: AccountRow[];
  movers_down: AccountRow[];
  renewals: AccountRow[];
  risks: { account: AccountRow; reasons: string[] }[];
  activity: { meetings_30: number | null; tickets_open: number | null };
  trend: TrendPoint[];
  freshness: Freshness;
};

export type Contribution = {
  group: string;
  group_title?: string;
  measure: string;
  title?: string;
  metric: string;
  metric_title?: string;
  unit?: string;
  /** The metric in words, and how its value becomes a measure score. */
  formula?: string;
  curve?: string;
  value: number | null;
  score: number | null;
  nominal: number;
  effective: number;
  points: number;
  loss: number;
  stale?: boolean;
  why?: string;
  age_days?: number | null;
};
export type Adjustment = { kind: string; key: string; why: string; points: number; band?: string };
export type Override = {
  id?: string;
  band?: string;
  score?: number | null;
  author: string;
  reason: string;
  created_at: string;
  expires_at: string;
  ended_at?: string | null;
};
export type HealthResult = {
  scorecard: string;
  why: string;
  score: number | null;
  band: string;
  computed_score: number | null;
  computed_band: string;
  coverage: number;
  contributions: Contribution[];
  adjustments: Adjustment[];
  reason?: string;
  overridden?: Override | null;
  notes?: string[];
};
export type MeasureChange = {
  group: string;
  group_title?: string;
  measure: string;
  title?: string;
  metric: string;
  kind: 'moved' | 'appeared' | 'vanished' | 'added' | 'removed' | 'absent';
  value_before: number | null;
  value_after: number | null;
  score_before: number | null;
  score_after: number | null;
  points: number;
  value: number;
  weight: number;
  effective_before: number;
  effective_after: number;
  why?: string;
};
export type AdjustmentMove = { kind: string; key: string; why: string; before: boolean; after: boolean; points: number; band?: string };
export type HealthChange = {
  before: number | null;
  after: number | null;
  delta: number | null;
  band_before: string;
  band_after: string;
  redistribution: number;
  measures: MeasureChange[];
  adjustments: AdjustmentMove[];
  card_changed?: boolean;
  reason_before?: string;
  reason_after?: string;
};
export type BandEdge = Band & { min: number };
export type AccountHealth = Stamped & {
  compare_to: string;
  scorecard: { key: string; title: string; why: string; bands?: BandEdge[] };
  result: HealthResult;
  before?: HealthResult | null;
  change: HealthChange;
  sentence: string;
  recorded?: { as_of?: string; score: number | null; band: string; recorded_at: string } | null;
  history: {
    as_of: string;
    score: number | null;
    band: string;
    origin: 'recorded' | 'recomputed';
    model_version: number;
  }[];
  annotations: { at: string; kind: 'model' | 'override' | 'import' | 'note'; text: string }[];
};

export type MetricDefinition = {
  name: string;
  title?: string;
  kind?: string;
  unit?: string;
  in_words?: string;
  used_by?: string[];
  coverage?: number | null;
};

export type ViewDefinition = {
  filter?: string;
  sort?: string;
  columns?: string[];
  density?: 'compact' | 'comfortable';
  q?: string;
};
export type View = {
  id: string;
  name: string;
  page: string;
  scope: 'mine' | 'team';
  definition: ViewDefinition;
};

export type SearchHit = {
  kind: 'account' | 'contact' | 'metric' | 'scorecard' | 'page';
  id: string;
  title: string;
  subtitle?: string;
  link: string;
};

export type Problem = {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code?: string;
  instance?: string;
  errors?: { location?: string; message: string; value?: unknown }[];
};
