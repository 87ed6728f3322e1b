import { IconFlame } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ticketsQuery } from '../../api/account';
import type { Ticket } from '../../api/shapes';
import { day } from '../../format/date';
import { decimal, plural } from '../../format/number';
import { Nothing, When } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { More } from './More';
import s from './records.module.css';
import { useAccount } from './useAccount';

const HOUR = 3_600_000;

/** How long it took, or has taken so far, in the unit that a person would use. */
export function lasting(from: string, to: string | undefined, now: number): string {
  const hours = ((to ? Date.parse(to) : now) - Date.parse(from)) / HOUR;
  if (hours < 1) return `${Math.max(1, Math.round(hours * 60))} min`;
  return hours < 48 ? `${decimal(hours, 0)} h` : `${decimal(hours / 24, 0)} d`;
}

/** Open tickets first, then the solved ones. */
export function Tickets() {
  const { accountId, asOf } = useAccount();
  const query = useInfiniteQuery(ticketsQuery(accountId, asOf));
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Rows n={8} />;
  const rows = [...query.data.pages.flatMap((p) => p.items)].sort((a, b) => Number(Boolean(a.solved_at)) - Number(Boolean(b.solved_at)) || b.opened_at.localeCompare(a.opened_at));
  const now = asOf ? Date.parse(asOf) : Date.now();
  if (rows.length === 0) return <Empty title="No ticket">Support tickets of this account stand here once they are imported. None may also be good news.</Empty>;
  const open = rows.filter((t) => !t.solved_at);
  return (
    <div>
      <div className={s.bar}>
        <span>
          {open.length === 0 ? 'No ticket is open.' : `${plural(open.length, 'ticket')} open, the oldest for ${lasting(open.reduce((a, t) => (t.opened_at < a ? t.opened_at : a), open[0]!.opened_at), undefined, now)}.`}
        </span>
      </div>
      <Sheet<Ticket>
        label="Tickets"
        rows={rows}
        rowKey={(t) => t.id}
        dim={(t) => Boolean(t.solved_at)}
        columns={[
          {
            key: 'subject',
            title: 'Subject',
            render: (t) => (
              <>
                {t.escalated && <IconFlame size={14} className={s.flame} aria-label="escalated" />} {t.subject || <span className="muted">no subject</span>}
              </>
            ),
          },
          { key: 'state', title: 'State', width: 90, render: (t) => t.state },
          { key: 'priority', title: 'Priority', width: 90, wide: true, render: (t) => t.priority || <Nothing /> },
          { key: 'who', title: 'From', wide: true, render: (t) => t.requester_name || <Nothing /> },
          { key: 'opened', title: 'Opened', align: 'right', width: 120, render: (t) => <span title={day(t.opened_at)}><When at={t.opened_at} asOf={asOf} /></span> },
          { key: 'reply', title: 'First reply', align: 'right', width: 100, wide: true, render: (t) => (t.first_reply_at ? lasting(t.opened_at, t.first_reply_at, now) : <Nothing why="no reply" />) },
          { key: 'solved', title: 'Solved in', align: 'right', width: 100, render: (t) => (t.solved_at ? lasting(t.opened_at, t.solved_at, now) : <Nothing why="not solved" />) },
          { key: 'sat', title: 'Satisfaction', align: 'right', width: 100, wide: true, render: (t) => (t.satisfaction == null ? <Nothing why="no answer" /> : `${decimal(t.satisfaction, 1)} of 5`) },
        ]}
      />
      <More shown={rows.length} total={query.data.pages[0]?.total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
    </div>
  );
}
