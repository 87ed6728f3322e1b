import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { subscriptionsQuery } from '../../api/account';
import type { Revision, SubscriptionRow } from '../../api/shapes';
import { day } from '../../format/date';
import { count, plural } from '../../format/number';
import { MoneyText, Nothing, RenewalText } from '../../parts/Figures';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import sheet from '../../parts/sheet.module.css';
import { More } from './More';
import s from './records.module.css';
import { useAccount } from './useAccount';

const DAY = 86_400_000;

/** What was paid for, and how each subscription came to be what it is. */
export function Subscriptions() {
  const { accountId, asOf } = useAccount();
  const query = useInfiniteQuery(subscriptionsQuery(accountId, asOf));
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  const now = asOf ? Date.parse(asOf) : Date.now();
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Rows n={8} />;
  if (rows.length === 0) return <Empty title="No subscription">What this account pays for, with its seats and its renewals, stands here once subscriptions are imported.</Empty>;
  const toggle = (id: string) => setOpen((old) => new Set(old.has(id) ? [...old].filter((x) => x !== id) : [...old, id]));
  return (
    <>
      <div className={sheet.scroll} tabIndex={0} role="region" aria-label="Subscriptions, scrolls sideways">
        <table className={sheet.sheet}>
          <thead>
            <tr>
              <th scope="col">Product line and plan</th>
              <th scope="col">State</th>
              <th scope="col" data-align="right">ARR</th>
              <th scope="col" data-align="right">Seats</th>
              <th scope="col" className={sheet.wide}>Term</th>
              <th scope="col" data-align="right">Ends</th>
              <th scope="col" className={sheet.wide}>Renews</th>
              <th scope="col" data-align="right">Revisions</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((x) => (
              <Fragment key={x.id}>
                <Row row={x} now={now} open={open.has(x.id)} toggle={() => toggle(x.id)} />
                {open.has(x.id) && <Revisions items={x.revisions ?? [x.current]} />}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      <More shown={rows.length} total={query.data.pages[0]?.total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
    </>
  );
}

function Row({ row, now, open, toggle }: { row: SubscriptionRow; now: number; open: boolean; toggle: () => void }) {
  const c = row.current;
  const n = row.revisions?.length ?? 1;
  const days = c.end ? Math.round((Date.parse(c.end) - now) / DAY) : null;
  return (
    <tr data-dim={!row.in_force}>
      <td>
        <b style={{ fontWeight: 500 }}>{row.product_name ?? 'No product line'}</b> {row.plan && <span className="muted">{row.plan}</span>}
      </td>
      <td>{c.trial ? 'trial' : row.in_force ? 'in force' : Date.parse(c.start) > now ? 'begins later' : (c.end_reason ?? 'ended')}</td>
      <td data-align="right">
        <MoneyText value={c.arr} />
      </td>
      <td data-align="right">{c.seats ? count(c.seats) : <Nothing why="not by seats" />}</td>
      <td className={sheet.wide}>
        {day(c.start)} to {c.end ? day(c.end) : 'open end'}
      </td>
      <td data-align="right">{row.in_force ? <RenewalText at={c.end} days={days} /> : <Nothing why="over" />}</td>
      <td className={sheet.wide}>{c.auto_renew ? 'by itself' : 'by decision'}</td>
      <td data-align="right">
        {n > 1 ? (
          <UnstyledButton className={s.reveal} aria-expanded={open} onClick={toggle}>
            {open ? <IconChevronDown size={13} aria-hidden="true" /> : <IconChevronRight size={13} aria-hidden="true" />} {plural(n, 'revision')}
          </UnstyledButton>
        ) : (
          <span className="muted">as first signed</span>
        )}
      </td>
    </tr>
  );
}

/** What each revision changed against the one before, in words. */
export function revisionWords(before: Revision | undefined, r: Revision): string {
  if (!before) return 'first signed';
  const parts: string[] = [];
  if (before.arr.minor !== r.arr.minor) parts.push(before.arr.minor < r.arr.minor ? 'ARR raised' : 'ARR lowered');
  if (before.seats !== r.seats) parts.push(`seats ${count(before.seats)} to ${count(r.seats)}`);
  if ((before.end ?? '') !== (r.end ?? '')) parts.push(r.end ? `end moved to ${day(r.end)}` : 'end taken away');
  if (before.auto_renew !== r.auto_renew) parts.push(r.auto_renew ? 'renews by itself now' : 'no longer renews by itself');
  if (before.trial && !r.trial) parts.push('trial became paid');
  return parts.join(', ') || 'corrected';
}

function Revisions({ items }: { items: Revision[] }) {
  const sorted = [...items].sort((a, b) => a.valid_from.localeCompare(b.valid_from) || a.known_at.localeCompare(b.known_at));
  return (
    <tr>
      <td colSpan={8} className={s.revisions}>
        <ol>
          {sorted.map((r, i) => (
            <li key={r.valid_from + r.known_at}>
              <span className={s.at}>{day(r.valid_from)}</span>
              <MoneyText value={r.arr} />
              <span>{revisionWords(sorted[i - 1], r)}</span>
              <span className="muted">known since {day(r.known_at)}</span>
            </li>
          ))}
        </ol>
      </td>
    </tr>
  );
}
