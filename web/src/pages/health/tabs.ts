import type { LinkTab } from '../../parts/LinkTabs';

/** The parts of a scorecard, each with its address. */
export function scorecardTabs(key: string): LinkTab[] {
  const base = `/health/scorecards/${encodeURIComponent(key)}`;
  return [
    { key: 'measures', title: 'Groups and measures', to: base },
    { key: 'bands', title: 'Bands, exceptions, policies', to: `${base}?tab=bands` },
    { key: 'works', title: 'Does it work?', to: `${base}/works` },
    { key: 'learned', title: 'Learned weights', to: `${base}/learned` },
    { key: 'yaml', title: 'YAML', to: `${base}?tab=yaml` },
  ];
}
