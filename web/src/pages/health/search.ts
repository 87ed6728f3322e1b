export type ScorecardSearch = { tab?: 'bands' | 'yaml'; measure?: string };

export function readScorecardSearch(raw: Record<string, unknown>): ScorecardSearch {
  const found: ScorecardSearch = {};
  if (raw.tab === 'bands' || raw.tab === 'yaml') found.tab = raw.tab;
  if (typeof raw.measure === 'string' && raw.measure !== '') found.measure = raw.measure;
  return found;
}

export type VersionSearch = { version?: number };

export function readVersionSearch(raw: Record<string, unknown>): VersionSearch {
  const version = Number(raw.version);
  return Number.isInteger(version) && version > 0 ? { version } : {};
}
