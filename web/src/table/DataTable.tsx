import { Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { useKeys } from '../shell/keys';
import type { Column } from './column';
import s from './table.module.css';

type Props<Row> = {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  total: number;
  hasMore: boolean;
  loading: boolean;
  more: () => void;
  sort?: { key: string; desc: boolean };
  onSort?: (column: Column<Row>) => void;
  rowHeight?: number;
  selected: ReadonlySet<string>;
  onSelect: (next: Set<string>) => void;
  /** The row shown in the side peek. */
  peeked?: string;
  onPeek?: (row: Row) => void;
  onOpen?: (row: Row) => void;
  onExplain?: (row: Row) => void;
  /** Shown instead of rows when there are none. */
  empty: ReactNode;
  /** Width of the first column's minimum, px. */
  firstWidth?: number;
  /**
   * Rows at any place of a long list: `total` rows have their place, those on
   * screen are asked for by `onRange`, and `rowAt` gives the ones that are there.
   */
  window?: { rowAt: (index: number) => Row | undefined; onRange: (first: number, last: number) => void; resetKey: string };
};

const WAITING = 12;

/**
 * A table of any length: rows come page by page as they are scrolled to, and only
 * those on screen exist. j/k move, enter peeks, o opens, x selects, e explains.
 */
export function DataTable<Row>(p: Props<Row>) {
  const { rows, rowKey, columns, hasMore, loading, more, selected, onSelect, rowHeight = 32 } = p;
  const scroll = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const anywhere = p.window;
  const rowAt = (index: number) => (anywhere ? anywhere.rowAt(index) : rows[index]);
  const length = anywhere ? p.total : rows.length;
  const waiting = (!anywhere && hasMore) || (loading && length === 0) ? WAITING : 0;

  const virtual = useVirtualizer({
    count: length + waiting,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 14,
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  const items = virtual.getVirtualItems();
  const firstIndex = items[0]?.index ?? 0;
  const lastIndex = items[items.length - 1]?.index ?? 0;
  const onRange = anywhere?.onRange;
  useEffect(() => {
    // Ask for the next page while a screenful of rows is still ahead.
    if (!onRange && hasMore && !loading && lastIndex >= rows.length - 60) more();
  }, [onRange, hasMore, loading, lastIndex, rows.length, more]);
  useEffect(() => onRange?.(firstIndex, lastIndex), [onRange, firstIndex, lastIndex]);

  const firstKey = anywhere ? anywhere.resetKey : rows.length ? rowKey(rows[0]!) : '';
  useEffect(() => setActive((i) => Math.min(i, length - 1)), [length]);
  useEffect(() => {
    setActive(-1);
    scroll.current?.scrollTo({ top: 0 });
  }, [firstKey]);

  const move = (to: number) => {
    const next = Math.max(0, Math.min(length - 1, to));
    setActive(next);
    virtual.scrollToIndex(next, { align: 'auto' });
    const row = rowAt(next);
    if (p.peeked && row) p.onPeek?.(row);
  };
  const onActive = (run?: (row: Row) => void) => (event: KeyboardEvent) => {
    const row = rowAt(active);
    if (!row || !run) return;
    event.preventDefault();
    run(row);
  };
  const toggle = useCallback(
    (key: string) => {
      const next = new Set(selected);
      if (!next.delete(key)) next.add(key);
      onSelect(next);
    },
    [selected, onSelect],
  );
  const links = (event: KeyboardEvent) => (event.target as HTMLElement).closest('a,button') !== null;
  useKeys({
    j: () => move(active + 1),
    k: () => move(active - 1),
    Enter: (event) => !links(event) && onActive(p.onPeek)(event),
    o: onActive(p.onOpen),
    e: onActive(p.onExplain),
    x: onActive((row) => toggle(rowKey(row))),
  });

  const allShown = rows.length > 0 && rows.every((row) => selected.has(rowKey(row)));
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items[items.length - 1]?.end ?? 0);
  const narrow = useMediaQuery('(max-width: 700px)', false, { getInitialValueInEffect: false });
  const firstWidth = narrow ? 168 : (p.firstWidth ?? 260);
  const minWidth = columns.slice(1).reduce((sum, c) => sum + c.width, firstWidth);

  if (length === 0 && !loading) return <div className={s.scroll}>{p.empty}</div>;
  return (
    <div className={s.scroll} ref={scroll} tabIndex={0} role="region" aria-label={`${p.label}, scrolls`} style={{ '--k-row': `${rowHeight}px` } as React.CSSProperties}>
      <table className={s.table} style={{ minWidth }} aria-rowcount={p.total + 1} aria-label={p.label} aria-busy={loading}>
        <colgroup>
          <col style={{ width: firstWidth }} />
          {columns.slice(1).map((c) => (
            <col key={c.key} style={{ width: c.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((c, i) => (
              <th key={c.key} scope="col" className={`${s.th} ${c.wrap ? s.wrap : ''} ${i === 0 ? `${s.first} ${s.edge}` : ''}`} data-align={c.align} aria-sort={c.sort && p.sort?.key === c.sort ? (p.sort.desc ? 'descending' : 'ascending') : undefined}>
                <div className={i === 0 ? s.firstInner : undefined}>
                  {i === 0 && (
                    <input
                      type="checkbox"
                      className={s.check}
                      aria-label="Select all rows loaded"
                      checked={allShown}
                      ref={(box) => {
                        if (box) box.indeterminate = !allShown && selected.size > 0;
                      }}
                      onChange={() => onSelect(allShown ? new Set() : new Set(rows.map(rowKey)))}
                    />
                  )}
                  <HeadText column={c} sort={p.sort} onSort={p.onSort} />
                </div>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} span={columns.length} />}
          {items.map((item) => {
            const row = rowAt(item.index);
            if (!row) return <WaitingRow key={item.key} columns={columns.length} index={item.index} />;
            const key = rowKey(row);
            return (
              <MemoRow
                key={item.key}
                row={row}
                id={key}
                index={item.index}
                columns={columns as Column<unknown>[]}
                active={item.index === active || key === p.peeked}
                selected={selected.has(key)}
                toggle={toggle}
                activate={setActive}
                peek={p.onPeek as ((row: unknown) => void) | undefined}
              />
            );
          })}
          {after > 0 && <Spacer height={after} span={columns.length} />}
        </tbody>
      </table>
    </div>
  );
}

function HeadText<Row>({ column, sort, onSort }: { column: Column<Row>; sort?: { key: string; desc: boolean }; onSort?: (c: Column<Row>) => void }) {
  const on = column.sort !== undefined && sort?.key === column.sort;
  const text =
    column.sort && onSort ? (
      <button type="button" className={s.sort} data-on={on} onClick={() => onSort(column)}>
        {column.title}
        {on && (sort.desc ? <IconArrowDown size={12} aria-hidden="true" /> : <IconArrowUp size={12} aria-hidden="true" />)}
      </button>
    ) : (
      <span>{column.title}</span>
    );
  return column.hint ? <Tooltip label={column.hint}>{text}</Tooltip> : text;
}

function Spacer({ height, span }: { height: number; span: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={span} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

function WaitingRow({ columns, index }: { columns: number; index: number }) {
  return (
    <tr aria-hidden="true">
      {Array.from({ length: columns }, (_, i) => (
        <td key={i} className={`${s.td} ${i === 0 ? `${s.first} ${s.edge}` : ''}`}>
          <span className={s.wait} style={{ width: `${i === 0 ? 50 + ((index * 13) % 35) : 55}%` }} />
        </td>
      ))}
    </tr>
  );
}

type RowProps = {
  row: unknown;
  id: string;
  index: number;
  columns: Column<unknown>[];
  active: boolean;
  selected: boolean;
  toggle: (key: string) => void;
  activate: (index: number) => void;
  peek?: (row: unknown) => void;
};

const MemoRow = memo(function TableRow({ row, id, index, columns, active, selected, toggle, activate, peek }: RowProps) {
  const onClick = (event: React.MouseEvent) => {
    if ((event.target as HTMLElement).closest('a,button,input,label')) return;
    activate(index);
    peek?.(row);
  };
  return (
    <tr className={s.row} data-active={active} data-selected={selected} aria-rowindex={index + 2} aria-selected={selected} onClick={onClick}>
      {columns.map((c, i) =>
        i === 0 ? (
          <th key={c.key} scope="row" className={`${s.td} ${s.first} ${s.edge}`} style={{ textAlign: 'left', fontWeight: 'inherit' }}>
            <div className={s.firstInner}>
              <input type="checkbox" className={s.check} aria-label="Select this row" checked={selected} onChange={() => toggle(id)} />
              <div className={s.firstText}>{c.render(row)}</div>
            </div>
          </th>
        ) : (
          <td key={c.key} className={`${s.td} ${c.align === 'right' ? 'num' : ''}`} data-align={c.align}>
            {c.render(row)}
          </td>
        ),
      )}
    </tr>
  );
});
