import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { portfolioQuery, sessionQuery, usersQuery } from '../../api/queries';
import { FreshnessLine, PageHeader } from '../../parts/Page';
import { ErrorNote } from '../../parts/States';
import { useAsOf } from '../../url/useAsOf';
import { NoAccounts } from '../accounts/NoAccounts';
import { BandStrip } from './BandStrip';
import s from './home.module.css';
import { Movers, Renewals, Risks } from './Lists';
import { HomeSkeleton } from './HomeSkeleton';
import { NoPortfolio, OwnerSwitch } from './OwnerSwitch';
import { Trend } from './Trend';

/** Home of a CSM: how is my portfolio, what moved, what renews, where is the risk. */
export function HomePage() {
  const { owner: asked } = useSearch({ from: '/app/' });
  const { asOf } = useAsOf();
  const navigate = useNavigate();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const users = useQuery(usersQuery).data?.items ?? [];
  const mine = useQuery({ ...portfolioQuery('me', asOf), enabled: asked === undefined });
  // Who owns nothing (a leader, an admin) and asked for nobody sees everything.
  const owner = asked ?? (mine.data?.totals.accounts === 0 ? 'all' : 'me');
  const query = useQuery({ ...portfolioQuery(owner, asOf), enabled: asked !== undefined || mine.data !== undefined || mine.isError });
  const data = query.data;
  const setOwner = (next: string) => void navigate({ to: '/', search: (old) => ({ ...old, owner: next }) });
  const whose = owner === 'me' ? 'My portfolio' : owner === 'all' ? 'All accounts' : `${users.find((u) => u.id === owner)?.name ?? 'A colleague'}’s portfolio`;

  return (
    <>
      <PageHeader title={whose} name="Home" actions={<OwnerSwitch owner={owner} users={users} me={session.user.id} onChange={setOwner} />}>
        <FreshnessLine value={data?.freshness} />
      </PageHeader>
      {query.error && <ErrorNote error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <HomeSkeleton />}
      {data && data.totals.accounts === 0 && (owner === 'all' ? <NoAccounts /> : <NoPortfolio me={owner === 'me'} showAll={() => setOwner('all')} />)}
      {data && data.totals.accounts > 0 && (
        <div className={s.page}>
          <BandStrip data={data} owner={owner} />
          <Risks items={data.risks} />
          <Renewals items={data.renewals} total={data.renewals_total} owner={owner} asOf={asOf} />
          <Movers direction="down" items={data.movers_down} owner={owner} />
          <Movers direction="up" items={data.movers_up} owner={owner} />
          <Trend data={data} />
        </div>
      )}
    </>
  );
}
