import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { accountQuery } from '../../api/queries';
import { LinkTabs } from '../../parts/LinkTabs';
import { ErrorNote, Rows } from '../../parts/States';
import { useKeys } from '../../shell/keys';
import { useAsOf } from '../../url/useAsOf';
import s from './account.module.css';
import { AccountHeader } from './AccountHeader';
import { TABS } from './tabs';

/** Account 360: the head that every part shares, the parts as tabs, and the part itself. */
export function AccountPage() {
  const { accountId } = useParams({ from: '/app/accounts/$accountId' });
  const { asOf } = useAsOf();
  const path = useLocation({ select: (l) => l.pathname });
  const navigate = useNavigate();
  const query = useQuery(accountQuery(accountId, asOf));
  const part = path.split('/')[3] ?? '';
  const current = TABS.some((t) => t.key === part) ? part : 'summary';
  const base = `/accounts/${accountId}`;
  const to = (key: string) => (key === 'summary' ? base : `${base}/${key}`);

  useKeys({
    ...Object.fromEntries(TABS.map((t, i) => [String(i + 1), () => void navigate({ to: to(t.key) })])),
  });

  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} title={query.error.message.includes('not') ? undefined : 'This account could not be shown'} />;
  const detail = query.data;
  return (
    <div className={s.account} data-past={asOf !== undefined}>
      {detail ? <AccountHeader detail={detail} /> : <HeaderSkeleton />}
      <LinkTabs label="Parts of this account" current={current} tabs={TABS.map((t) => ({ key: t.key, title: t.title, to: to(t.key), count: detail && t.count?.(detail) }))} />
      <div className={s.part}>{detail ? <Outlet /> : <Rows n={12} />}</div>
    </div>
  );
}

function HeaderSkeleton() {
  return (
    <div className={s.head} aria-busy="true">
      <Skeleton height={24} width={260} mb={14} />
      <Skeleton height={38} width="90%" mb={6} />
    </div>
  );
}
