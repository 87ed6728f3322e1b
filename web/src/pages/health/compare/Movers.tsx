import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { movesQuery, type CompareState, type Comparison, type Move, type MovesQuery } from '../../../api/compare';
import { toCsv } from '../../../explain/csv';
import { ExplainButton } from '../../../explain/ExplainButton';
import { moneyShort, major } from '../../../format/money';
import { plural, signed } from '../../../format/number';
import { BandChip } from '../../../parts/BandChip';
import { Delta, MoneyText, Nothing } from '../../../parts/Figures';
import { Panel } from '../../../parts/Page';
import { ErrorNote } from '../../../parts/States';
import type { Column } from '../../../table/column';
import { DataTable } from '../../../table/DataTable';
import { exportAll } from '../../../table/export';
import { useExplain } from '../../../url/useExplain';
import { Peek } from '../../accounts/Peek';
import { nextSort, readSort } from '../../accounts/search';
import s from './compare.module.css';
import type { CompareSearch } from './search';

const compareSearch = (before: string) => ({ compare_to: before.slice(0, 10) }) as never;

/** An account's name, which leads to what changed between the two days. */
function Name({ move, before }: { move: Move; before: string }) {
  return (
    <Link to="/accounts/$accountId/$tab" params={{ accountId: move.id, tab: 'health' }} search={compareSearch(before)} title={move.name} className="target">
      {move.name}
    </Link>
  );
}

function End({ end, states }: { end: Move['before']; states: CompareState[] }) {
  if (end.state === 'new' || end.state === 'gone') return <span className="muted">{end.state === 'new' ? 'not a customer' : 'left'}</span>;
  return <BandChip band={end.band ?? (end.state === 'none' ? null : states.find((st) => st.key === end.state))} score={end.score} />;
}

const causes = (move: Move) => move.causes.map((c) => `${c.title} ${signed(c.points, 1)}`).join(', ');

/** Who fell, or rose, the most, and what moved them. */
export function Movers({ data, direction, set }: { data: Comparison; direction: 'down' | 'up'; set: (change: Partial<CompareSearch>) => void }) {
  const items = direction === 'down' ? data.down : data.up;
  return (
    <Panel
      title={direction === 'down' ? 'Who fell the most' : 'Who rose the most'}
      className={s.movers}
      actions={items.length > 0 && <Button size="compact-xs" variant="subtle" onClick={() => set({ from: undefined, to: undefined, move: direction, sort: direction === 'down' ? 'delta' : '-delta' })}>All of them</Button>}
    >
      {items.length === 0 ? (
        <p className={s.none}>{direction === 'down' ? 'No score fell by a point or more.' : 'No score rose by a point or more.'}</p>
      ) : (
        <ul className={s.list}>
          {items.map((m) => (
            <li key={m.id}>
              <span className={s.name}>
                <Name move={m} before={data.compare_to} />
              </span>
              <span className={s.ends}>
                <End end={m.before} states={data.states} />
                <span aria-hidden="true">→</span>
                <span className="sr-only">to</span>
                <ExplainButton target={{ account: m.id }} label={`Explain the score of ${m.name}`}>
                  <End end={m.after} states={data.states} />
                </ExplainButton>
              </span>
              <span className={s.delta}>
                <Delta value={m.delta} digits={1} />
              </span>
              <span className={s.arr}>
                <MoneyText value={m.after.arr ?? m.before.arr} />
              </span>
              <span className={s.causes} title={m.sentence}>
                {causes(m) || m.sentence}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** The words for what is listed. */
export function listTitle(search: CompareSearch, states: Pick<CompareState, 'key' | 'title'>[]): string {
  const title = (key: string) => states.find((st) => st.key === key)?.title ?? key;
  if (search.move) return { up: 'Whose score rose', down: 'Whose score fell', better: 'Who rose to a better band', worse: 'Who fell to a worse band' }[search.move];
  if (search.from && search.to) return `${title(search.from)} → ${title(search.to)}`;
  if (search.to) return search.to === 'gone' ? 'Who left' : `Who is ${title(search.to)} now`;
  return search.from === 'new' ? 'Who came' : `Who was ${title(search.from ?? '')} then`;
}

const keyOf = (m: Move) => m.id;

/** The accounts behind a cell, a band or a direction. */
export function MovesList({ data, query, search, set }: { data: Comparison; query: MovesQuery; search: CompareSearch; set: (change: Partial<CompareSearch>, replace?: boolean) => void }) {
  const navigate = useNavigate();
  const { explain } = useExplain();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [exporting, setExporting] = useState(false);
  const list = useInfiniteQuery(movesQuery(query));
  const rows = useMemo(() => list.data?.pages.flatMap((p) => p.items) ?? [], [list.data]);
  const first = list.data?.pages[0];
  const columns = useMemo(() => moveColumns(data), [data]);
  const save = async () => {
    setExporting(true);
    const figures = columns.filter((c) => c.csv);
    await exportAll<Move>('moves', '/health/compare/accounts', query, (items) => toCsv(['id', ...figures.map((c) => c.title)], items.map((m) => [m.id, ...figures.map((c) => c.csv!(m))])));
    setExporting(false);
  };
  return (
    <Panel
      className={s.listed}
      title={listTitle(search, data.states)}
      hint={first && `${plural(first.total, 'account')}, ${moneyShort(first.count.arr)} ARR`}
      actions={
        <div className={`${s.switches} no-print`}>
          <Button size="compact-xs" variant="default" loading={exporting} onClick={() => void save()}>
            Export
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => set({ from: undefined, to: undefined, move: undefined, sort: undefined, peek: undefined })}>
            Close the list
          </Button>
        </div>
      }
    >
      {list.error && rows.length === 0 ? (
        <ErrorNote error={list.error} retry={() => void list.refetch()} />
      ) : (
        <div className={s.listBody}>
          <DataTable
            label="Accounts that moved"
            columns={columns}
            rows={rows}
            rowKey={keyOf}
            total={first?.total ?? 0}
            hasMore={list.hasNextPage}
            loading={list.isFetching}
            more={() => void list.fetchNextPage()}
            sort={readSort(query.sort ?? '-arr')[0]}
            onSort={(c) => set({ sort: nextSort(query.sort ?? '-arr', c.sort!, c.descFirst ?? false) })}
            rowHeight={34}
            firstWidth={220}
            selected={selected}
            onSelect={setSelected}
            peeked={search.peek}
            onPeek={(m) => set({ peek: m.id }, search.peek !== undefined)}
            onOpen={(m) => void navigate({ to: '/accounts/$accountId/$tab', params: { accountId: m.id, tab: 'health' }, search: compareSearch(data.compare_to) })}
            onExplain={(m) => explain({ account: m.id })}
            empty={<p className={s.none}>Nobody moved like this between the two days.</p>}
          />
        </div>
      )}
      <Peek id={search.peek} onClose={() => set({ peek: undefined })} />
    </Panel>
  );
}

function moveColumns(data: Comparison): Column<Move>[] {
  const money = (m: Move) => m.after.arr ?? m.before.arr;
  return [
    { key: 'name', title: 'Account', width: 220, sort: 'name', render: (m) => <Name move={m} before={data.compare_to} />, csv: (m) => m.name },
    { key: 'before', title: 'Then', width: 96, render: (m) => <End end={m.before} states={data.states} />, csv: (m) => m.before.score },
    { key: 'after', title: 'Now', width: 96, render: (m) => <ExplainButton target={{ account: m.id }} label={`Explain the score of ${m.name}`}><End end={m.after} states={data.states} /></ExplainButton>, csv: (m) => m.after.score },
    { key: 'delta', title: 'Change', width: 76, align: 'right', sort: 'delta', render: (m) => <Delta value={m.delta} digits={1} />, csv: (m) => m.delta },
    { key: 'arr', title: 'ARR', width: 80, align: 'right', sort: 'arr', descFirst: true, render: (m) => <MoneyText value={money(m)} />, csv: (m) => { const v = money(m); return v ? major(v) : null; } },
    { key: 'why', title: 'Why', width: 430, render: (m) => <span title={m.sentence}>{causes(m) || m.sentence || <Nothing />}</span>, csv: (m) => m.sentence },
    { key: 'segment', title: 'Segment', width: 110, render: (m) => m.segment?.title ?? <Nothing why="no segment" />, csv: (m) => m.segment?.title },
    { key: 'owner', title: 'Owner', width: 130, render: (m) => m.owner?.name ?? <Nothing why="no owner" />, csv: (m) => m.owner?.name },
  ];
}
