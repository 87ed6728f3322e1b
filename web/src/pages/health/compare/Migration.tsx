import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { Comparison, CompareCell, CompareState } from '../../../api/compare';
import { day } from '../../../format/date';
import { major, moneyShort } from '../../../format/money';
import { count, percent, plural } from '../../../format/number';
import { BandShape } from '../../../parts/BandChip';
import { bandColor } from '../../../parts/band';
import { Panel } from '../../../parts/Page';
import s from './compare.module.css';
import { flowLayout, ribbonPath } from './flow';
import type { CompareSearch } from './search';
import { cellWords, heat, migrationMessage } from './words';

type Props = { data: Comparison; search: CompareSearch; set: (change: Partial<CompareSearch>) => void };

/** Who went from which band to which: as a matrix, or as a flow. */
export function Migration({ data, search, set }: Props) {
  return (
    <Panel
      className={s.migration}
      title={migrationMessage(data)}
      actions={
        <div className={`${s.switches} no-print`}>
          <SegmentedControl size="xs" aria-label="What is counted" value={search.count ?? 'accounts'} onChange={(v) => set({ count: v === 'arr' ? 'arr' : undefined })} data={[{ value: 'accounts', label: 'Accounts' }, { value: 'arr', label: 'ARR' }]} />
          <SegmentedControl size="xs" aria-label="How to show it" value={search.view ?? 'matrix'} onChange={(v) => set({ view: v === 'flow' ? 'flow' : undefined })} data={[{ value: 'matrix', label: 'Matrix' }, { value: 'flow', label: 'Flow' }]} />
        </div>
      }
    >
      {search.view === 'flow' ? <Flow data={data} search={search} set={set} /> : <Matrix data={data} search={search} set={set} />}
    </Panel>
  );
}

const pickOf = (c: Pick<CompareCell, 'from' | 'to'>, search: CompareSearch): Partial<CompareSearch> =>
  search.from === c.from && search.to === c.to ? { from: undefined, to: undefined, move: undefined } : { from: c.from, to: c.to, move: undefined };

function Matrix({ data, search, set }: Props) {
  const rows = data.states.filter((st) => st.before.accounts > 0);
  const columns = data.states.filter((st) => st.after.accounts > 0);
  const arr = search.count === 'arr';
  const find = (from: string, to: string) => data.cells.find((c) => c.from === from && c.to === to);
  const worth = (c: CompareCell) => (arr ? major(c.to === 'gone' ? c.arr_before : c.arr_after) : c.accounts);
  const most = Math.max(0, ...data.cells.filter((c) => c.direction !== 'same').map(worth));
  const onKey = (event: React.KeyboardEvent<HTMLTableElement>) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const from = (event.target as HTMLElement).closest('td')?.dataset;
    if (!step || !from?.row) return;
    event.preventDefault();
    // On to the next cell that has somebody.
    for (let r = Number(from.row) + step[0]!, c = Number(from.column) + step[1]!; r >= 0 && c >= 0 && r < rows.length && c < columns.length; r += step[0]!, c += step[1]!) {
      const next = event.currentTarget.querySelector<HTMLElement>(`td[data-row="${r}"][data-column="${c}"] button`);
      if (next) return next.focus();
    }
  };
  return (
    <div className={s.matrixScroll} tabIndex={0} role="region" aria-label="From band to band, scrolls sideways">
      <table className={s.matrix} onKeyDown={onKey}>
        <caption className="sr-only">
          {arr ? 'ARR of accounts' : 'Accounts'} by band on {day(data.compare_to)}, in rows, and on {day(data.as_of)}, in columns
        </caption>
        <thead>
          <tr>
            <td className={s.corner}>
              <span>{day(data.compare_to)}</span> <span aria-hidden="true">↓</span> <span className={s.cornerTo}>{day(data.as_of)} →</span>
            </td>
            {columns.map((st) => (
              <th key={st.key} scope="col">
                <State state={st} />
              </th>
            ))}
            <th scope="col">All</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((from, r) => (
            <tr key={from.key}>
              <th scope="row">
                <State state={from} />
              </th>
              {columns.map((to, c) => {
                const cell = find(from.key, to.key);
                if (!cell) return <td key={to.key} className={s.zero} data-row={r} data-column={c} aria-label="none">·</td>;
                const gone = to.kind === 'gone';
                const money = gone ? cell.arr_before : cell.arr_after;
                const share = from.kind === 'new' ? undefined : cell.accounts / from.before.accounts;
                return (
                  <td key={to.key} data-row={r} data-column={c}>
                    <button
                      type="button"
                      className={s.cell}
                      data-direction={cell.direction}
                      data-kind={to.kind === 'gone' ? 'gone' : from.kind}
                      aria-pressed={search.from === cell.from && search.to === cell.to}
                      style={{ '--heat': `${cell.direction === 'same' ? 0 : heat(worth(cell), most)}%` } as React.CSSProperties}
                      onClick={() => set(pickOf(cell, search))}
                      aria-label={`${cellWords(cell, from.title, to.title, gone)}. Show them`}
                      title={`${cellWords(cell, from.title, to.title, gone)}${share === undefined ? '' : `, ${percent(share, 1)} of the ${from.title} then`}`}
                    >
                      <b>{arr ? moneyShort(money) : count(cell.accounts)}</b>
                      <small>{arr ? plural(cell.accounts, 'account') : moneyShort(money)}</small>
                    </button>
                  </td>
                );
              })}
              <td className={s.sum}>
                <b>{arr && from.kind !== 'new' ? moneyShort(from.before.arr) : count(from.before.accounts)}</b>
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">All</th>
            {columns.map((to) => (
              <td key={to.key} className={s.sum}>
                <b>{arr && to.kind !== 'gone' ? moneyShort(to.after.arr) : count(to.after.accounts)}</b>
              </td>
            ))}
            <td className={s.sum} />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function State({ state }: { state: CompareState }) {
  return (
    <span className={s.state}>
      <BandShape color={state.kind === 'band' ? state.color : 'grey'} />
      {state.title}
    </span>
  );
}

const HEIGHT = 300;
const WIDTH = 1000;

function Flow({ data, search, set }: Props) {
  const [over, setOver] = useState<string>();
  const arr = search.count === 'arr';
  const byKey = new Map(data.states.map((st) => [st.key, st]));
  const layout = flowLayout(
    data.states.map((st) => st.key),
    data.cells.map((c) => ({ ...c, before: arr ? c.arr_before.minor : c.accounts, after: arr ? c.arr_after.minor : c.accounts })),
    HEIGHT,
  );
  const cellOf = (from: string, to: string) => data.cells.find((c) => c.from === from && c.to === to)!;
  const side = (nodes: typeof layout.left, which: 'before' | 'after') =>
    nodes.map((n) => {
      const st = byKey.get(n.key)!;
      return (
        <div key={n.key} className={s.node} style={{ top: n.y, height: Math.max(n.height, 2) }} data-color={st.kind === 'band' ? bandColor(st.color) : 'grey'}>
          <span className={s.nodeText}>
            <State state={st} />
            <small>
              {count(st[which].accounts)}
              {st[which].arr.minor > 0 && <> · {moneyShort(st[which].arr)}</>}
            </small>
          </span>
        </div>
      );
    });
  return (
    <>
      <div className={s.flowHead} aria-hidden="true">
        <span>{day(data.compare_to)}</span>
        <span>{day(data.as_of)}</span>
      </div>
      <div className={s.flow} style={{ height: layout.height + 14 }}>
        <div className={s.side} data-side="left">{side(layout.left, 'before')}</div>
        <svg className={s.ribbons} viewBox={`0 0 ${WIDTH} ${layout.height}`} preserveAspectRatio="none" style={{ height: layout.height }} role="group" aria-label="From band to band, as a flow; the matrix is the same as a table">
          {layout.ribbons.map((r) => {
            const cell = cellOf(r.from, r.to);
            const id = `${r.from} ${r.to}`;
            const words = cellWords(cell, byKey.get(r.from)!.title, byKey.get(r.to)!.title, r.to === 'gone');
            return (
              <path
                key={id}
                d={ribbonPath(r, WIDTH)}
                className={s.ribbon}
                data-direction={r.direction}
                data-kind={r.to === 'gone' ? 'gone' : byKey.get(r.from)!.kind}
                data-dim={over !== undefined && over !== id}
                data-on={search.from === r.from && search.to === r.to}
                role="button"
                tabIndex={0}
                aria-label={`${words}. Show them`}
                aria-pressed={search.from === r.from && search.to === r.to}
                onClick={() => set(pickOf(cell, search))}
                onKeyDown={(e) => {
                  if (e.key !== 'Enter' && e.key !== ' ') return;
                  e.preventDefault();
                  set(pickOf(cell, search));
                }}
                onMouseEnter={() => setOver(id)}
                onMouseLeave={() => setOver(undefined)}
                onFocus={() => setOver(id)}
                onBlur={() => setOver(undefined)}
              >
                <title>{words}</title>
              </path>
            );
          })}
        </svg>
        <div className={s.side} data-side="right">{side(layout.right, 'after')}</div>
      </div>
      <p className={s.flowWords} aria-live="polite">
        {over ? cellWords(cellOf(...(over.split(' ') as [string, string])), byKey.get(over.split(' ')[0]!)!.title, byKey.get(over.split(' ')[1]!)!.title, over.endsWith(' gone')) : 'Red goes to a worse band, green to a better one, grey stays, comes or leaves. Click a stream for its accounts.'}
      </p>
    </>
  );
}
