import { Button, SegmentedControl, Select } from '@mantine/core';
import { useInfiniteQuery, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { churnAccountsQuery, forecastQuery } from '../../api/churn';
import { sessionQuery, usersQuery } from '../../api/queries';
import { count } from '../../format/number';
import { Panel } from '../../parts/Page';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { useAsOf } from '../../url/useAsOf';
import { OwnerSwitch } from '../home/OwnerSwitch';
import { AccountTable } from './AccountTable';
import s from './churn.module.css';
import { Forecast } from './Forecast';
import { HORIZONS } from '../health/works/search';
import { nextSort, type ForecastSearch } from './search';

/** Who may leave: what the forecast is worth, and the renewals or accounts with their probabilities. */
export function ForecastPage() {
  const search = useSearch({ from: '/app/health/churn' });
  const { asOf } = useAsOf();
  const query = useQuery(forecastQuery(search.horizon, asOf));
  const days = parseInt(search.horizon ?? '90', 10);
  return (
    <>
      <Controls search={search} />
      <div className={s.page}>
        {query.error ? (
          <ErrorNote error={query.error} retry={() => void query.refetch()} title="The forecast could not be made" />
        ) : !query.data ? (
          <Rows n={5} />
        ) : query.data.forecast ? (
          <Forecast forecast={query.data.forecast} />
        ) : (
          <section className={s.answer} data-tone="open" role="status">
            <h2 className={s.headline}>Being calculated …</h2>
            <p className={s.text}>The past of all accounts is computed, a forecast is learned from it and tested walking forward. This takes some seconds; the page fills itself.</p>
          </section>
        )}
        {!query.error && <List search={search} days={days} />}
      </div>
    </>
  );
}

function Controls({ search }: { search: ForecastSearch }) {
  const navigate = useNavigate({ from: '/health/churn' });
  const { data: session } = useSuspenseQuery(sessionQuery);
  const users = useQuery(usersQuery).data?.items ?? [];
  const set = (change: Partial<ForecastSearch>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const horizon = search.horizon ?? '90d';
  return (
    <div className={`${s.controls} no-print`} role="group" aria-label="What is asked">
      <Select
        aria-label="Ahead"
        w={150}
        allowDeselect={false}
        value={horizon}
        data={[...new Set([...HORIZONS, horizon])].map((h) => ({ value: h, label: `${parseInt(h, 10)} days ahead` }))}
        onChange={(v) => set({ horizon: v === '90d' ? undefined : (v ?? undefined) })}
      />
      <SegmentedControl
        aria-label="What is listed"
        value={search.list ?? 'renewals'}
        data={[
          { value: 'renewals', label: 'Renewals' },
          { value: 'all', label: 'All customers' },
        ]}
        onChange={(v) => set({ list: v === 'all' ? 'all' : undefined, sort: undefined })}
      />
      <OwnerSwitch owner={search.owner ?? 'all'} users={users} me={session.user?.id ?? ''} onChange={(owner) => set({ owner: owner === 'all' ? undefined : owner })} />
    </div>
  );
}

function List({ search, days }: { search: ForecastSearch; days: number }) {
  const navigate = useNavigate({ from: '/health/churn' });
  const { asOf } = useAsOf();
  const renewing = search.list !== 'all';
  const sort = search.sort ?? (renewing ? 'renewal_at' : '-probability');
  const query = useInfiniteQuery(churnAccountsQuery({ horizon: search.horizon, renewing, sort, owner: search.owner, as_of: asOf }));
  const first = query.data?.pages[0];
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Panel
      title={renewing ? `Renewals of the next ${days} days` : `All customers, ${days} days ahead`}
      hint={first && `${count(first.total)}${first.ready < first.total ? `, ${count(first.ready)} with a probability` : ''}`}
    >
      {first?.calculating && (
        <p className={s.text} role="status">
          Probabilities are being calculated …
        </p>
      )}
      {first?.notes.map((note) => (
        <p key={note} className={s.text}>
          Without a probability: {note}
        </p>
      ))}
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      ) : !first ? (
        <Rows n={10} />
      ) : rows.length === 0 ? (
        <Empty title={renewing ? `Nothing renews in the next ${days} days` : 'No customer pays as of this day'}>
          {renewing ? 'Look further ahead, at all customers, or at everybody’s accounts.' : 'Subscriptions come with an import, or are added on an account’s page.'}
        </Empty>
      ) : (
        <>
          <AccountTable rows={rows} days={days} renewing={renewing} sort={sort} onSort={(key) => void navigate({ search: (old) => ({ ...old, sort: nextSort(sort, key) }), replace: true })} />
          {query.hasNextPage && (
            <div className={s.moreRows}>
              <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Show more of {count(first.total)}
              </Button>
            </div>
          )}
        </>
      )}
    </Panel>
  );
}
