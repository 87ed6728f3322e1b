import { SegmentedControl } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { AccountHealth } from '../../api/contract';
import { Waterfall } from '../../chart/Waterfall';
import { changeSteps, type Step } from '../../explain/steps';
import { addUp } from '../../format/addup';
import { day } from '../../format/date';
import { signed } from '../../format/number';
import { Panel } from '../../parts/Page';
import { dayOf } from '../../url/asof';
import s from './health.module.css';

const DAY = 86_400_000;
const SPANS = [7, 30, 90];

/** The steps of the change, rounded so that they lead from the one score shown to the other. */
export function shownSteps(health: Pick<AccountHealth, 'change'>, most = 9): { from: number; to: number; steps: Step[] } | null {
  const { before, after, delta } = health.change;
  if (before == null || after == null || delta == null) return null;
  const from = Math.round(before * 10) / 10;
  const to = Math.round(after * 10) / 10;
  const steps = changeSteps(health.change, most);
  const parts = steps.map((x) => x.points);
  // The tiny moves that changeSteps leaves out, and the rounding of the two ends.
  const rest = to - from - parts.reduce((a, b) => a + b, 0);
  const points = addUp([...parts, rest], to - from, 1);
  const last = points.pop()!;
  const shown = steps.map((x, i) => ({ ...x, points: points[i]! }));
  if (last !== 0) {
    // Rounding goes where it hides least: to the largest step.
    const i = shown.findIndex((x) => Math.abs(x.points) === Math.max(...shown.map((y) => Math.abs(y.points))));
    if (i >= 0) shown[i] = { ...shown[i]!, points: Math.round((shown[i]!.points + last) * 10) / 10 };
    else shown.push({ key: 'rounding', label: 'rounding', points: last });
  }
  return { from, to, steps: shown.filter((x) => x.points !== 0) };
}

/** Two days side by side, as a waterfall that adds up, and in words. */
export function WhatChanged({ health }: { health: AccountHealth }) {
  const search = useSearch({ from: '/app/accounts/$accountId' });
  const navigate = useNavigate();
  const at = Date.parse(health.as_of);
  const set = (compare: string | undefined) => void navigate({ to: '.', search: (old: object) => ({ ...old, compare_to: compare }) } as never);
  const span = search.compare_to ? Math.round((at - Date.parse(health.compare_to)) / DAY) : 30;
  const shown = shownSteps(health);
  const { change } = health;
  return (
    <Panel
      title="What changed"
      className={s.changed}
      actions={
        <div className={`${s.compare} no-print`}>
          <SegmentedControl aria-label="Compare with" value={SPANS.includes(span) ? String(span) : 'other'} onChange={(v) => v !== 'other' && set(v === '30' ? undefined : dayOf(at - Number(v) * DAY))} data={[...SPANS.map((d) => ({ value: String(d), label: `${d} days` })), ...(SPANS.includes(span) ? [] : [{ value: 'other', label: 'Other' }])]} />
          <DatePickerInput size="xs" w={118} aria-label="Compare with the day" value={health.compare_to.slice(0, 10)} maxDate={dayOf(at - DAY)} onChange={(v) => v && set(v)} valueFormat="D MMM YYYY" />
        </div>
      }
    >
      <div className={s.changedBody}>
        <p className={s.sentence}>{health.sentence}</p>
        {change.card_changed && <p className="muted">The account is judged by another scorecard than then: part of the change comes from that.</p>}
        {shown ? (
          shown.steps.length === 0 ? (
            <p className="muted">No measure moved between the two days.</p>
          ) : (
            <Waterfall from={shown.from} to={shown.to} steps={shown.steps} fromLabel={day(health.compare_to)} toLabel={day(health.as_of)} />
          )
        ) : (
          <p className="muted">{change.reason_before ? `On ${day(health.compare_to)} there was no score: ${change.reason_before}.` : 'One of the two days has no score, so there is no change to take apart.'}</p>
        )}
        {Math.abs(change.redistribution) >= 0.05 && <p className="muted">{signed(change.redistribution, 1)} of these points come from weight that moved because a value became known or unknown.</p>}
      </div>
    </Panel>
  );
}
