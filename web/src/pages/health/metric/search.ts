export type MetricSearch = { edit?: boolean; account?: string };

/** What the page of a metric shows, from its address; nonsense is left out. */
export function readMetricSearch(raw: Record<string, unknown>): MetricSearch {
  const found: MetricSearch = {};
  if (raw.edit === true) found.edit = true;
  if (typeof raw.account === 'string' && /^acc_[a-z0-9]{1,36}$/.test(raw.account)) found.account = raw.account;
  return found;
}
