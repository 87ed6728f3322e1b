import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { spreadQuery, type SpreadGroup } from '../../../api/compare';
import { grid, tooltip, valueAxis } from '../../../chart/axes';
import { Chart } from '../../../chart/Chart';
import type { Palette } from '../../../chart/palette';
import { day } from '../../../format/date';
import { major, moneyShort } from '../../../format/money';
import { count, countShort, decimal, plural } from '../../../format/number';
import { bandColor } from '../../../parts/band';
import parts from '../../../parts/parts.module.css';
import { ErrorNote, Rows } from '../../../parts/States';
import { useAsOf } from '../../../url/useAsOf';
import { NoAccounts } from '../../accounts/NoAccounts';
import { NoPortfolio } from '../../home/OwnerSwitch';
import { ControlBar, EarlierDay, ScoresChoice, Whose } from '../compare/Controls';
import { usableBefore, type SpreadSearch } from '../compare/search';
import { binColor, binFilter, coverWords, spreadMessage } from './bins';
import s from './distribution.module.css';

/** How scores spread: of all accounts, by scorecard or by segment, and beside an earlier day. */
export function DistributionPage() {
  const search = useSearch({ from: '/app/health/distribution' });
  const navigate = useNavigate();
  const { asOf } = useAsOf();
  const set = useCallback((change: Partial<SpreadSearch>) => void navigate({ to: '/health/distribution', search: (old: object) => ({ ...old, ...change }), resetScroll: false } as never), [navigate]);
  const before = usableBefore(search.compare_to, asOf);
  const answer = useQuery(
    spreadQuery({ as_of: asOf, compare_to: before, scores: before ? search.scores : undefined, scorecard: search.scorecard, segment: search.segment, owner: search.owner === 'all' ? undefined : search.owner, by: search.by }),
  );
  const data = answer.data;
  const narrowed = search.owner !== undefined || search.segment !== undefined || search.scorecard !== undefined;
  return (
    <>
      <ControlBar>
        <Whose search={search} set={set} />
        <SegmentedControl size="xs" aria-label="One distribution for each" value={search.by ?? 'all'} onChange={(v) => set({ by: v === 'all' ? undefined : (v as SpreadSearch['by']) })} data={[{ value: 'all', label: 'All in one' }, { value: 'scorecard', label: 'By scorecard' }, { value: 'segment', label: 'By segment' }]} />
        <SegmentedControl size="xs" aria-label="What is counted" value={search.count ?? 'accounts'} onChange={(v) => set({ count: v === 'arr' ? 'arr' : undefined })} data={[{ value: 'accounts', label: 'Accounts' }, { value: 'arr', label: 'ARR' }]} />
        <EarlierDay none="No comparison" asOf={asOf ?? data?.as_of ?? new Date().toISOString()} before={before} onChange={(d) => set({ compare_to: d })} />
        {before && <ScoresChoice search={search} set={set} />}
      </ControlBar>
      {answer.error && !data ? (
        <ErrorNote error={answer.error} retry={() => void answer.refetch()} title="The distribution could not be made" />
      ) : !data ? (
        <Rows n={12} />
      ) : data.groups.length === 0 ? (
        narrowed ? <NoPortfolio me={search.owner === 'me'} showAll={() => set({ owner: undefined, segment: undefined, scorecard: undefined })} /> : <NoAccounts />
      ) : (
        <div className={s.page} data-one={data.groups.length === 1} data-old={answer.isPlaceholderData} aria-busy={answer.isPlaceholderData}>
          {data.groups.map((g) => (
            <Histogram key={g.key} group={g} search={search} compareTo={data.compare_to} tall={data.groups.length === 1} />
          ))}
        </div>
      )}
    </>
  );
}

function Histogram({ group: g, search, compareTo, tall }: { group: SpreadGroup; search: SpreadSearch; compareTo: string | null; tall: boolean }) {
  const navigate = useNavigate();
  const arr = search.count === 'arr';
  const several = search.by !== undefined;
  const option = useCallback(
    (p: Palette) => ({
      grid: { ...grid, top: 14, bottom: 18 },
      tooltip: tooltip(p, {
        formatter: (items: { dataIndex: number }[]) => {
          const b = g.bins[items[0]?.dataIndex ?? 0]!;
          return `score ${b.from} to ${b.to}<br><b>${plural(b.accounts, 'account')}</b>, ${moneyShort(b.arr)}${compareTo ? `<br>${count(b.before)} on ${day(compareTo)}` : ''}`;
        },
      }),
      xAxis: {
        type: 'category' as const,
        data: g.bins.map((b) => String(b.from)),
        axisLine: { lineStyle: { color: p.line } },
        axisTick: { show: false },
        axisLabel: { color: p.muted, fontSize: 11, interval: (i: number) => g.bins[i]!.from % 10 === 0 },
        name: 'score',
        nameLocation: 'middle',
        nameGap: 22,
        nameTextStyle: { color: p.muted },
      },
      yAxis: valueAxis(p, { format: (n) => (arr ? moneyShort({ minor: n * 100, currency: g.arr.currency }) : countShort(n)) }),
      series: [
        {
          id: 'now',
          type: 'bar',
          barCategoryGap: '14%',
          cursor: 'pointer',
          data: g.bins.map((b) => ({ value: arr ? major(b.arr) : b.accounts, itemStyle: { color: g.bands.length ? p.band(bandColor(binColor(b, g.bands))) : p.accent } })),
        },
        ...(compareTo && !arr ? [{ id: 'then', type: 'line', step: 'middle', showSymbol: false, silent: true, lineStyle: { color: p.text, width: 1.5, type: 'dashed' }, itemStyle: { color: p.text }, data: g.bins.map((b) => b.before) }] : []),
      ],
    }),
    [g, arr, compareTo],
  );
  const open = (index: number) => {
    const bin = g.bins[index];
    if (!bin) return;
    const scorecard = search.by === 'scorecard' && g.key !== 'none' ? g.key : search.scorecard;
    void navigate({ to: '/accounts', search: { filter: binFilter(bin, { scorecard }), segment: search.by === 'segment' ? g.key : search.segment, owner: search.owner === 'all' ? undefined : search.owner, sort: 'score', view: 'everything' } });
  };
  return (
    <section className={`${parts.panel} ${s.group}`} aria-label={g.title}>
      <Chart
        title={several ? `${g.title}: ${spreadMessage(g)[0]!.toLowerCase()}${spreadMessage(g).slice(1)}` : spreadMessage(g)}
        subtitle={`${coverWords(g.spread)}, ${moneyShort(g.arr)} ARR${compareTo ? `; ${arr ? 'beside' : 'dashed:'} ${day(compareTo)}` : ''}. Click a bar for its accounts.`}
        name={`distribution-${g.key}`}
        height={tall ? 320 : 190}
        option={option}
        onPick={(_, index) => open(index)}
        legend={g.bands.map((b) => ({ label: b.title, color: `var(--k-band-${bandColor(b.color)})` }))}
        table={{
          header: ['Score from', 'to', 'Accounts', 'ARR', ...(compareTo ? [`Accounts on ${day(compareTo)}`] : [])],
          rows: g.bins.map((b) => [b.from, b.to, b.accounts, moneyShort(b.arr), ...(compareTo ? [b.before] : [])]),
        }}
      />
      <dl className={s.stats}>
        {(
          [
            ['Mean', 'mean'],
            ['Lowest tenth up to', 'p10'],
            ['Median', 'median'],
            ['Highest tenth from', 'p90'],
          ] as const
        ).map(([label, key]) => (
          <div key={key}>
            <dt>{label}</dt>
            <dd>
              {decimal(g.spread[key], 1)}
              {g.before?.[key] != null && <span className="muted"> was {decimal(g.before[key], 1)}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <div className={`${s.bins} no-print`} role="group" aria-label={`Accounts of ${g.title} by score`}>
        {g.bins.map((b, i) =>
          b.accounts === 0 ? null : (
            <button key={b.from} type="button" onClick={() => open(i)} title={`Show ${plural(b.accounts, 'account')} with a score of ${b.from} to ${b.to}`}>
              {b.from}–{b.to}
            </button>
          ),
        )}
      </div>
    </section>
  );
}
