import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { timelineQuery } from '../../api/account';
import { healthQuery } from '../../api/queries';
import { Panel } from '../../parts/Page';
import { ErrorNote, Rows } from '../../parts/States';
import s from './account.module.css';
import { HowAreThey } from './HowAreThey';
import { PeoplePanel } from './PeoplePanel';
import { Stake } from './Stake';
import { TimelineList } from './TimelineList';
import { UsageGlance } from './UsageGlance';
import { useAccount } from './useAccount';
import { WhatNext } from './WhatNext';

/**
 * The page to read before a call, in the order of the questions: how are they, what
 * is at stake, who matters, what is going on, what next. It prints on one sheet.
 */
export function Summary() {
  const { accountId, asOf, detail } = useAccount();
  const health = useQuery(healthQuery(accountId, asOf));
  const timeline = useInfiniteQuery(timelineQuery(accountId, asOf, 12));
  if (!detail) return <Rows n={12} />;
  const items = timeline.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <div className={s.summary}>
      <Panel title="How are they" className={s.how}>
        {health.error ? <ErrorNote error={health.error} retry={() => void health.refetch()} /> : health.data ? <HowAreThey health={health.data} detail={detail} /> : <Rows n={7} />}
      </Panel>
      <Panel title="What is at stake" className={s.stake}>
        <Stake detail={detail} asOf={asOf} />
      </Panel>
      <PeoplePanel className={s.who} />
      <section className={s.usage}>
        <UsageGlance />
      </section>
      <Panel title="What is going on" className={s.going}>
        {timeline.error ? <ErrorNote error={timeline.error} retry={() => void timeline.refetch()} /> : timeline.data ? <TimelineList items={items.slice(0, 7)} brief empty="Nothing has happened yet: add a note, or import tickets and activities." /> : <Rows n={6} />}
      </Panel>
      <Panel title="What next" className={s.what}>
        <WhatNext detail={detail} />
      </Panel>
    </div>
  );
}
