import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFilterOff } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { eventNamesQuery, eventsQuery } from '../../api/data';
import type { EventRow } from '../../api/shapes';
import { instant } from '../../format/date';
import { count, decimal, plural } from '../../format/number';
import { Nothing } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { More } from '../account/More';
import s from './data.module.css';
import { useAsOf } from '../../url/useAsOf';
import type { EventsSearch } from './search';

/** The rows behind every count: who did what, when, and whether we know whose it is. */
export function Events() {
  const search = useSearch({ from: '/app/data/events' }) as EventsSearch;
  const { account, actor, name, product, from, to, attributed } = search;
  const navigate = useNavigate();
  const { asOf } = useAsOf();
  const query = useInfiniteQuery(eventsQuery({ account, actor, name, product, from, to, attributed, as_of: asOf }));
  const names = useQuery(eventNamesQuery).data?.items ?? [];
  const set = (change: Partial<EventsSearch>) => void navigate({ to: '/data/events', search: (old: object) => ({ ...old, ...change }), replace: true } as never);
  const filtered = Boolean(account || actor || name || product || from || to) || attributed !== undefined;
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  const total = query.data?.pages[0]?.total;
  return (
    <>
      <div className={s.bar}>
        <Select aria-label="Event" w={210} searchable clearable placeholder="Every event" data={names.map((n) => ({ value: n.name, label: n.name }))} renderOption={({ option }) => <EventOption name={option.value} n={names.find((x) => x.name === option.value)?.count} />} value={name ?? null} onChange={(v) => set({ name: v ?? undefined })} />
        <Typed label="Account" value={account} onChange={(v) => set({ account: v })} />
        <Typed label="Actor" value={actor} onChange={(v) => set({ actor: v })} />
        <DatePickerInput size="xs" w={118} aria-label="From" placeholder="From" clearable value={from?.slice(0, 10) ?? null} onChange={(v) => set({ from: v ?? undefined })} valueFormat="D MMM YYYY" />
        <DatePickerInput size="xs" w={118} aria-label="To, left out" placeholder="To" clearable value={to?.slice(0, 10) ?? null} onChange={(v) => set({ to: v ?? undefined })} valueFormat="D MMM YYYY" />
        <SegmentedControl aria-label="Whose they are" value={attributed === undefined ? 'all' : String(attributed)} onChange={(v) => set({ attributed: v === 'all' ? undefined : v === 'true' })} data={[{ value: 'all', label: 'All' }, { value: 'true', label: 'Attributed' }, { value: 'false', label: 'Not attributed' }]} />
        <span className={s.grow} />
        <span className="muted" aria-live="polite">
          {total === undefined ? '' : plural(total, 'event')}
        </span>
      </div>
      {(from?.includes('T') || to?.includes('T')) && (
        <p className={s.none} style={{ padding: '0 20px 10px' }}>
          {from ? `From ${instant(from)}` : 'From the beginning'}
          {to && ` up to ${instant(to)}, which is left out`}.
        </p>
      )}
      {attributed === false && (
        <p className={s.none} style={{ padding: '0 20px 10px' }}>
          These events belong to no account: their actor or group is unknown to Kept. Import the missing accounts or contacts, or map their external id, and they are attributed without being sent again.
        </p>
      )}
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Rows n={14} />
      ) : rows.length === 0 ? (
        <Empty
          icon={IconFilterOff}
          title={attributed === false ? 'Every event has its account' : filtered ? 'No event fits' : 'No event yet'}
          actions={
            filtered && (
              <Button variant="default" onClick={() => void navigate({ to: '/data/events', search: {} })}>
                Show all events
              </Button>
            )
          }
        >
          {filtered ? 'Loosen a filter, or look at all events.' : 'Import usage, or send events with a write key: Tokens and keys makes one.'}
        </Empty>
      ) : (
        <>
          <EventSheet rows={rows} onAccount={(a) => set({ account: a })} />
          <More shown={rows.length} total={total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
        </>
      )}
    </>
  );
}

function EventOption({ name, n }: { name: string; n?: number }) {
  return (
    <span style={{ display: 'flex', width: '100%', gap: 8 }}>
      <span style={{ flex: 1 }}>{name}</span>
      <span className="muted num">{count(n)}</span>
    </span>
  );
}

/** A filter that is typed: it acts once the reader stops. */
function Typed({ label, value, onChange }: { label: string; value?: string; onChange: (v: string | undefined) => void }) {
  const later = useDebouncedCallback((v: string) => onChange(v.trim() || undefined), 350);
  return <TextInput key={value ?? ''} aria-label={label} placeholder={label} w={150} defaultValue={value ?? ''} onChange={(e) => later(e.currentTarget.value)} />;
}

function EventSheet({ rows, onAccount }: { rows: EventRow[]; onAccount: (account: string) => void }) {
  return (
    <Sheet
      label="Events"
      rows={rows}
      rowKey={(e) => e.message_id}
      columns={[
        { key: 'at', title: 'When', width: 190, render: (e) => <span className={`num ${s.at}`}>{instant(e.at)}</span> },
        { key: 'name', title: 'Event', render: (e) => <b style={{ fontWeight: 500 }}>{e.name}</b> },
        {
          key: 'account',
          title: 'Account',
          render: (e) =>
            e.account ? (
              <Link to="/accounts/$accountId" params={{ accountId: e.account }} title="Open the account" onAuxClick={() => onAccount(e.account!)}>
                <code>{e.account.slice(0, 14)}…</code>
              </Link>
            ) : (
              <Nothing why="not attributed" />
            ),
        },
        { key: 'actor', title: 'Actor', wide: true, render: (e) => e.actor || <Nothing /> },
        { key: 'product', title: 'Product line', wide: true, width: 110, render: (e) => e.product || <Nothing /> },
        { key: 'value', title: 'Value', align: 'right', width: 80, render: (e) => (e.has_value ? decimal(e.value) : <Nothing />) },
        { key: 'props', title: 'Properties', wide: true, render: (e) => (e.properties && Object.keys(e.properties).length > 0 ? <div className={s.props} title={JSON.stringify(e.properties, null, 2)}>{JSON.stringify(e.properties)}</div> : <Nothing why="none" />) },
        { key: 'source', title: 'Source', wide: true, width: 100, render: (e) => e.source || <Nothing /> },
      ]}
    />
  );
}
