import { Loader } from '@mantine/core';
import { IconArrowsExchange, IconBolt, IconFileInvoice, IconHandStop, IconHeartbeat, IconNotes, IconTicket } from '@tabler/icons-react';
import type { TimelineItem } from '../../api/shapes';
import { day, dayShort, instant } from '../../format/date';
import s from './account.module.css';
import { grouped } from './grouped';
import { PENDING } from './useAddActivity';

export const KIND: Record<TimelineItem['kind'], { title: string; icon: typeof IconBolt }> = {
  activity: { title: 'Activities', icon: IconNotes },
  ticket: { title: 'Tickets', icon: IconTicket },
  subscription: { title: 'Subscriptions', icon: IconFileInvoice },
  event: { title: 'Events', icon: IconBolt },
  fact: { title: 'Facts', icon: IconArrowsExchange },
  override: { title: 'Overrides', icon: IconHandStop },
  band_change: { title: 'Health', icon: IconHeartbeat },
};

/** What happened, newest first; by month when it is long. */
export function TimelineList({ items, brief, empty }: { items: TimelineItem[]; brief?: boolean; empty?: string }) {
  if (items.length === 0) return <p className={s.none}>{empty ?? 'Nothing has happened yet.'}</p>;
  const months = brief ? [['', items] as [string, TimelineItem[]]] : grouped(items, (i) => i.at.slice(0, 7));
  return (
    <div>
      {months.map(([month, list]) => (
        <section key={month}>
          {month && <h3 className={s.month}>{monthName(month)}</h3>}
          <ol className={brief ? s.tlBrief : s.tl}>
            {list.map((item, i) => (
              <Entry key={`${item.ref ?? ''}${item.at}${i}`} item={item} brief={brief} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

const monthFormat = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' });
const monthName = (month: string) => monthFormat.format(new Date(`${month}-15T00:00:00Z`));

function Entry({ item, brief }: { item: TimelineItem; brief?: boolean }) {
  const { icon: Icon, title } = KIND[item.kind] ?? KIND.event;
  const pending = item.ref === PENDING;
  return (
    <li className={s.entry} data-kind={item.kind} data-pending={pending}>
      <span className={s.entryIcon}>{pending ? <Loader size={13} aria-label="Being saved" /> : <Icon size={14} stroke={1.7} aria-label={title} />}</span>
      <time dateTime={item.at} title={`${day(item.at)}, ${instant(item.at)}`} className={s.entryAt}>
        {dayShort(item.at)}
      </time>
      <div className={s.entryText}>
        <span className={s.entryTitle}>{item.title}</span>
        {(item.actor || item.product) && (
          <span className="muted">
            {' '}
            {[item.actor, item.product].filter(Boolean).join(' · ')}
          </span>
        )}
        {!brief && item.body && <p className={s.entryBody}>{item.body}</p>}
      </div>
    </li>
  );
}
