import { SegmentedControl, Select } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { scorecardsQuery, segmentsQuery, sessionQuery, usersQuery } from '../../../api/queries';
import { dayOf } from '../../../url/asof';
import { useAsOf } from '../../../url/useAsOf';
import { OwnerSwitch } from '../../home/OwnerSwitch';
import s from './compare.module.css';
import type { CompareSearch } from './search';

const DAY = 86_400_000;
const SPANS = [7, 30, 90, 365];

type Shared = Pick<CompareSearch, 'compare_to' | 'owner' | 'segment' | 'scorecard' | 'scores'>;

/** Whose accounts. */
export function Whose({ search, set, scorecard = true }: { search: Shared; set: (change: Shared) => void; scorecard?: boolean }) {
  const { asOf } = useAsOf();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const users = useQuery(usersQuery).data?.items ?? [];
  const segments = useQuery(segmentsQuery).data?.items ?? [];
  const cards = useQuery(scorecardsQuery(asOf)).data?.items ?? [];
  return (
    <>
      <OwnerSwitch owner={search.owner ?? 'all'} users={users} me={session.user.id} onChange={(owner) => set({ owner: owner === 'all' ? undefined : owner })} />
      <Select w={170} aria-label="Segment" placeholder="All segments" clearable clearButtonProps={{ 'aria-label': 'All segments' }} value={search.segment ?? null} onChange={(v) => set({ segment: v ?? undefined })} data={segments.map((x) => ({ value: x.key, label: x.title || x.key }))} />
      {scorecard && cards.length > 1 && (
        <Select w={190} aria-label="Scorecard" placeholder="All scorecards" clearable clearButtonProps={{ 'aria-label': 'All scorecards' }} value={search.scorecard ?? null} onChange={(v) => set({ scorecard: v ?? undefined })} data={cards.map((c) => ({ value: c.key, label: c.title }))} />
      )}
    </>
  );
}

/** The earlier day: a span back, or any day. */
export function EarlierDay({ asOf, before, onChange, none }: { asOf: string; before: string | undefined; onChange: (day: string | undefined) => void; none?: string }) {
  const at = Date.parse(`${asOf.slice(0, 10)}T00:00:00Z`);
  const span = before ? Math.round((at - Date.parse(`${before}T00:00:00Z`)) / DAY) : none ? 0 : 30;
  const value = before === undefined && none ? 'none' : SPANS.includes(span) ? String(span) : 'other';
  return (
    <div className={s.earlier}>
      <SegmentedControl
        size="xs"
        aria-label="Compare with"
        value={value}
        onChange={(v) => v !== 'other' && onChange(v === 'none' ? undefined : dayOf(at - Number(v) * DAY))}
        data={[...(none ? [{ value: 'none', label: none }] : []), ...SPANS.map((d) => ({ value: String(d), label: d === 365 ? '1 year' : `${d} days` })), ...(value === 'other' ? [{ value: 'other', label: 'Other' }] : [])]}
      />
      <DatePickerInput size="xs" w={118} aria-label="Compare with the day" placeholder="another day" value={before ?? null} maxDate={dayOf(at - DAY)} onChange={(v) => v && onChange(v)} valueFormat="D MMM YYYY" />
    </div>
  );
}

/** As they were shown at the time, or as they are computed today. */
export function ScoresChoice({ search, set }: { search: Shared; set: (change: Shared) => void }) {
  return (
    <Select
      w={236}
      aria-label="Scores of the past"
      allowDeselect={false}
      value={search.scores ?? 'recorded'}
      onChange={(v) => set({ scores: v === 'recomputed' ? 'recomputed' : undefined })}
      data={[
        { value: 'recorded', label: 'As recorded, where they were' },
        { value: 'recomputed', label: 'As recomputed today' },
      ]}
    />
  );
}

export function ControlBar({ children }: { children: ReactNode }) {
  return (
    <div className={`${s.controls} no-print`} role="group" aria-label="What is shown">
      {children}
    </div>
  );
}
