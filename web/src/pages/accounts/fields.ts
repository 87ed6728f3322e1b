import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Band, Metric, Segment, User } from '../../api/contract';
import { metricsQuery, segmentsQuery, usersQuery } from '../../api/queries';
import type { Field } from '../../table/cel';
import { useBands } from './bands';
import { CUSTOMERS } from './search';

/** What a condition about accounts may speak of: the account's own, then the model's metrics. */
export function accountFields(users: User[], segments: Pick<Segment, 'key' | 'title'>[], metrics: Metric[], bands: Band[]): Field[] {
  const own: Field[] = [
    { cel: CUSTOMERS, title: 'Not churned', kind: 'condition' },
    { cel: 'score', title: 'Score', kind: 'number' },
    { cel: 'band', title: 'Band', kind: 'choice', options: bands.map((b) => ({ value: b.key, label: b.title })) },
    { cel: 'segment', title: 'Segment', kind: 'choice', options: segments.map((x) => ({ value: x.key, label: x.title || x.key })) },
    { cel: 'owner', title: 'Owner', kind: 'choice', options: users.map((u) => ({ value: u.id, label: u.name })) },
    { cel: 'arr', title: 'ARR', kind: 'money' },
    { cel: 'stage', title: 'Stage', kind: 'text' },
    { cel: 'status', title: 'Status', kind: 'choice', options: ['active', 'trial', 'churned', 'inactive'].map((v) => ({ value: v, label: v[0]!.toUpperCase() + v.slice(1) })) },
    { cel: 'coverage', title: 'Coverage', kind: 'number' },
    { cel: 'name', title: 'Name', kind: 'text' },
    { cel: 'domain', title: 'Domain', kind: 'text' },
  ];
  const taken = new Set(own.map((f) => f.cel));
  const rest = metrics
    .filter((m) => !taken.has(m.name))
    .map((m): Field => ({ cel: m.name, title: m.title || m.name, kind: 'number', unit: m.unit === 'days' ? 'days' : undefined }));
  return [...own, ...rest];
}

export function useAccountFields() {
  const users = useQuery(usersQuery).data?.items;
  const segments = useQuery(segmentsQuery).data?.items;
  const metrics = useQuery(metricsQuery).data?.items;
  const bands = useBands();
  const fields = useMemo(() => accountFields(users ?? [], segments ?? [], metrics ?? [], bands), [users, segments, metrics, bands]);
  return { fields, bands, users: users ?? [], metrics: useMemo(() => metrics ?? [], [metrics]) };
}
