import { IconAdjustmentsHorizontal, IconBuildingSkyscraper, IconChartArrowsVertical, IconDatabase, IconHeartbeat, IconHome2 } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { operateParts } from '../pages/operate/parts';

export type Place = {
  key: string;
  title: string;
  to: string;
  icon: ComponentType<{ size?: number; stroke?: number; className?: string }>;
  /** The letter after `g` that goes there. */
  go: string;
  pages?: { title: string; to: string }[];
};

/**
 * The places of the left rail, in order. Work takes its seat (after Accounts) when
 * it has pages.
 */
export const places: Place[] = [
  { key: 'home', title: 'Home', to: '/', icon: IconHome2, go: 'h' },
  {
    key: 'accounts',
    title: 'Accounts',
    to: '/accounts',
    icon: IconBuildingSkyscraper,
    go: 'a',
    pages: [
      { title: 'Accounts: table', to: '/accounts' },
      { title: 'Accounts: health grid', to: '/accounts/grid' },
    ],
  },
  { key: 'health', title: 'Health', to: '/health', icon: IconHeartbeat, go: 'e', pages: [{ title: 'Health: scorecards', to: '/health' }, { title: 'Health: compare two dates', to: '/health/compare' }, { title: 'Health: distribution of scores', to: '/health/distribution' }] },
  { key: 'revenue', title: 'Revenue', to: '/revenue', icon: IconChartArrowsVertical, go: 'r', pages: [{ title: 'Revenue: bridge and retention', to: '/revenue' }] },
  {
    key: 'operate',
    title: 'Operate',
    to: '/operate',
    icon: IconAdjustmentsHorizontal,
    go: 'o',
    pages: [{ title: 'Operate: overview', to: '/operate' }, ...operateParts.map((p) => ({ title: `Operate: ${p.title.toLowerCase()}`, to: p.to }))],
  },
  { key: 'data', title: 'Data', to: '/data', icon: IconDatabase, go: 'd', pages: [{ title: 'Data: sources and imports', to: '/data' }] },
];

/** The place that a path belongs to. */
export function placeOf(pathname: string): Place | undefined {
  return places.find((p) => (p.to === '/' ? pathname === '/' : pathname === p.to || pathname.startsWith(`${p.to}/`)));
}
