import { Outlet, useLocation } from '@tanstack/react-router';
import { LinkTabs } from '../../parts/LinkTabs';
import { PageHeader } from '../../parts/Page';
import { operateParts } from './parts';

const tabs = [{ key: 'operate', title: 'Overview', to: '/operate' }, ...operateParts];

/** How the company runs Customer Success: for whom, with whom, who pays, and what came of it. */
export function OperatePage() {
  const path = useLocation({ select: (l) => l.pathname });
  const current = path.split('/')[2] || 'operate';
  return (
    <>
      <PageHeader title="Operate" name={tabs.find((t) => t.key === current)?.title ?? 'Operate'} />
      <LinkTabs label="Parts of Operate" tabs={tabs} current={current} />
      <Outlet />
    </>
  );
}
