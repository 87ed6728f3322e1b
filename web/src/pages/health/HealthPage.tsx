import { Outlet, useLocation } from '@tanstack/react-router';
import { LinkTabs } from '../../parts/LinkTabs';
import { PageHeader } from '../../parts/Page';

const tabs = [
  { key: 'health', title: 'Scorecards', to: '/health' },
  { key: 'churn', title: 'Churn forecast', to: '/health/churn' },
  { key: 'survival', title: 'Survival', to: '/health/survival' },
  { key: 'drivers', title: 'Drivers', to: '/health/drivers' },
  { key: 'metrics', title: 'Metrics', to: '/health/metrics' },
  { key: 'compare', title: 'Compare', to: '/health/compare' },
  { key: 'distribution', title: 'Distribution', to: '/health/distribution' },
  { key: 'versions', title: 'Versions', to: '/health/versions' },
  { key: 'drafts', title: 'Drafts', to: '/health/drafts' },
];

/** How health is defined: scorecards, the metrics they stand on, and every version. */
export function HealthPage() {
  const path = useLocation({ select: (l) => l.pathname });
  const current = path.split('/')[2] || 'health';
  return (
    <>
      <PageHeader title="Health" name={tabs.find((t) => t.key === current)?.title ?? 'Health'} />
      <LinkTabs label="Parts of Health" tabs={tabs} current={current} />
      <Outlet />
    </>
  );
}
