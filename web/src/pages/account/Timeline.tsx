import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconNotes } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { timelineQuery } from '../../api/account';
import type { TimelineItem } from '../../api/shapes';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { ActivityDialog } from './ActivityDialog';
import { More } from './More';
import s from './records.module.css';
import { KIND, TimelineList } from './TimelineList';
import { useAccount } from './useAccount';

/** Everything that happened, merged; with the form for what you know. */
export function Timeline() {
  const { accountId, asOf, mayEdit, past } = useAccount();
  const { kind } = useSearch({ from: '/app/accounts/$accountId' });
  const navigate = useNavigate();
  const query = useInfiniteQuery(timelineQuery(accountId, asOf, 100));
  const [noting, note] = useDisclosure(false);
  const set = (next: string | undefined) => void navigate({ to: '.', search: (old: object) => ({ ...old, kind: next }) } as never);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Rows n={12} />;
  const items = query.data.pages.flatMap((p) => p.items);
  const kinds = (Object.keys(KIND) as TimelineItem['kind'][]).filter((k) => items.some((i) => i.kind === k));
  const add = mayEdit && (
    <Button leftSection={<IconNotes size={14} />} onClick={note.open}>
      Add to the time line
    </Button>
  );
  return (
    <div>
      <div className={`${s.bar} no-print`}>
        <div className={s.kinds} role="group" aria-label="Kinds of entries">
          <button type="button" aria-pressed={!kind} data-on={!kind} onClick={() => set(undefined)}>
            All
          </button>
          {kinds.map((k) => (
            <button key={k} type="button" aria-pressed={kind === k} data-on={kind === k} onClick={() => set(kind === k ? undefined : k)}>
              {KIND[k].title}
            </button>
          ))}
        </div>
        <span className={s.grow} />
        {past ? <span className="muted">The past can be read, not changed.</span> : add}
      </div>
      {items.length === 0 ? (
        <Empty title="Nothing has happened yet" actions={add}>
          Notes, calls, meetings, tickets, subscriptions and changes of health stand here, newest first.
        </Empty>
      ) : (
        <TimelineList items={kind ? items.filter((i) => i.kind === kind) : items} empty="None of this kind among what is loaded." />
      )}
      <More shown={items.length} total={query.data.pages[0]?.total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
      <ActivityDialog opened={noting} onClose={note.close} />
    </div>
  );
}
