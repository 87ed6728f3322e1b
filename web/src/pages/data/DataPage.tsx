import { useSuspenseQuery } from '@tanstack/react-query';
import { Outlet, useLocation } from '@tanstack/react-router';
import { sessionQuery } from '../../api/queries';
import { LinkTabs } from '../../parts/LinkTabs';
import { PageHeader } from '../../parts/Page';

const tabs = [
  { key: 'data', title: 'Sources', to: '/data' },
  { key: 'imports', title: 'Imports', to: '/data/imports' },
  { key: 'identity', title: 'Identity', to: '/data/identity' },
  { key: 'events', title: 'Events', to: '/data/events' },
  { key: 'model', title: 'Model', to: '/data/model' },
  { key: 'users', title: 'Users', to: '/data/users', need: 'manage_users' },
  { key: 'keys', title: 'Tokens and keys', to: '/data/keys', need: 'manage_tokens' },
  { key: 'webhooks', title: 'Webhooks', to: '/data/webhooks', need: 'import' },
  { key: 'audit', title: 'Audit', to: '/data/audit', need: 'manage_users' },
];

/** Where the data come from, what they mean, and who may do what. */
export function DataPage() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const path = useLocation({ select: (l) => l.pathname });
  const part = path.split('/')[2] || 'data';
  const current = part === 'connect' || part === 'connections' ? 'data' : part;
  const may = (need?: string) => !need || session.permissions.includes(need) || session.permissions.includes('*');
  return (
    <>
      <PageHeader title="Data" name={tabs.find((t) => t.key === current)?.title ?? 'Data'} />
      <LinkTabs label="Parts of Data" tabs={tabs.filter((t) => may(t.need))} current={current} />
      <Outlet />
    </>
  );
}
