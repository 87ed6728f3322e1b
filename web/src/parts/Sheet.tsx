import type { ReactNode } from 'react';
import s from './sheet.module.css';

export type SheetColumn<Row> = {
  key: string;
  title: ReactNode;
  align?: 'right' | 'center';
  /** CSS width of the column. */
  width?: string | number;
  /** Left out on narrow screens. */
  wide?: boolean;
  render: (row: Row) => ReactNode;
};

type Props<Row> = {
  label: string;
  columns: SheetColumn<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  foot?: ReactNode;
  dim?: (row: Row) => boolean;
};

/** A short table, all of its rows on the page. Long ones that the server pages are DataTable's. */
export function Sheet<Row>({ label, columns, rows, rowKey, foot, dim }: Props<Row>) {
  return (
    <div className={s.scroll} tabIndex={0} role="region" aria-label={`${label}, scrolls sideways`}>
      <table className={s.sheet} aria-label={label}>
        <colgroup>
          {columns.map((c) => (
            <col key={c.key} className={c.wide ? s.wide : undefined} style={c.width === undefined ? undefined : { width: c.width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map((c) => (
              <th key={c.key} scope="col" data-align={c.align} className={c.wide ? s.wide : undefined}>
                {c.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} data-dim={dim?.(row)}>
              {columns.map((c) => (
                <td key={c.key} data-align={c.align} className={c.wide ? s.wide : undefined}>
                  {c.render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  );
}
