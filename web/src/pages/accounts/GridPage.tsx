import { Select } from '@mantine/core';
import { IconClockHour4 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { AccountRow, Band, GridMeasure, GridRow, Scorecard } from '../../api/contract';
import { scorecardsQuery } from '../../api/queries';
import { toCsv } from '../../explain/csv';
import { decimal, plural, score as scoreText } from '../../format/number';
import { bandColor } from '../../parts/band';
import { BandShape } from '../../parts/BandChip';
import { PageHeader } from '../../parts/Page';
import { ErrorNote } from '../../parts/States';
import type { Column } from '../../table/column';
import { DataTable } from '../../table/DataTable';
import { exportAll } from '../../table/export';
import { FilterBar } from '../../table/FilterBar';
import { TableMenu } from '../../table/TableMenu';
import table from '../../table/table.module.css';
import { useExplain } from '../../url/useExplain';
import s from './accounts.module.css';
import { NoAccounts } from './NoAccounts';
import { AccountName, ScoreCell } from './columns';
import { useAccountFields } from './fields';
import { PageSwitch } from './PageSwitch';
import { Peek } from './Peek';
import { largest, onCard } from './scorecard';
import { useAccountsView } from './useAccountsView';
import { useGridWindow } from './useGridWindow';

const keyOf = (row: GridRow) => row.account.id;
const NO_CARDS: Scorecard[] = [];
const noMore = () => {};

/** Accounts × measures: where the red stands in a column, the cause is common. */
export function GridPage() {
  const view = useAccountsView('/accounts/grid');
  const { search, set } = view;
  const { fields, bands } = useAccountFields();
  const navigate = useNavigate();
  const { explain } = useExplain();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [exporting, setExporting] = useState(false);
  const known = useQuery(scorecardsQuery(view.query.as_of));
  const cards = known.data?.items ?? NO_CARDS;
  const card = search.scorecard ?? largest(cards)?.key;
  const query = useMemo(() => ({ filter: onCard(view.query.filter, cards.length > 1 ? card : undefined), q: view.query.q, sort: view.query.sort, owner: view.query.owner, band: view.query.band, segment: view.query.segment, as_of: view.query.as_of, scorecard: card }), [view.query, card, cards.length]);
  // Which scorecard the columns are of has to be known before they can be asked for.
  const list = useGridWindow(query, search.scorecard !== undefined || !known.isPending);
  const { first, rows } = list;
  const all = useMemo(() => gridColumns(first?.measures ?? [], bands), [first?.measures, bands]);
  const hidden = useMemo(() => new Set((search.cols ?? '').split(',').filter((k) => k.startsWith('-')).map((k) => k.slice(1))), [search.cols]);
  const columns = useMemo(() => all.filter((c, i) => i === 0 || !hidden.has(c.key)), [all, hidden]);
  const setShown = (keys: string[]) => {
    const off = all.slice(1).filter((c) => !keys.includes(c.key));
    set({ cols: off.length ? off.map((c) => `-${c.key}`).join(',') : undefined });
  };
  const exportShown = async () => {
    setExporting(true);
    const figures = columns.filter((c) => c.csv);
    await exportAll<GridRow>('health-grid', '/health/grid', query, (items) => toCsv(['id', ...figures.map((c) => c.title)], items.map((r) => [r.account.id, ...figures.map((c) => c.csv!(r))])));
    setExporting(false);
  };
  return (
    <div className={table.page}>
      <PageHeader title="Health grid" actions={<PageSwitch page="grid" />} />
      <FilterBar fields={fields} filter={view.filter} onFilter={view.setFilter} q={search.q} onSearch={(q) => set({ q }, true)}>
        {cards.length > 1 && (
          <Select w={190} aria-label="Scorecard" value={card ?? null} allowDeselect={false} onChange={(key) => key && set({ scorecard: key, cols: undefined, sort: search.sort?.includes('measure:') ? undefined : search.sort })} data={cards.map((c) => ({ value: c.key, label: c.title }))} />
        )}
        <TableMenu all={all} shown={columns.map((c) => c.key)} onShown={setShown} comfortable={search.density === 'comfortable'} onComfortable={(on) => set({ density: on ? 'comfortable' : undefined })} onExport={() => void exportShown()} exporting={exporting} />
      </FilterBar>
      {list.error && rows.length === 0 ? (
        <ErrorNote error={list.error} retry={list.retry} />
      ) : (
        <DataTable
          label="Health grid"
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          total={list.total}
          hasMore={false}
          loading={list.loading}
          more={noMore}
          window={list.window}
          sort={view.sortKey}
          onSort={(c) => view.sortBy(c.sort!, c.descFirst ?? false)}
          rowHeight={search.density === 'comfortable' ? 42 : 32}
          selected={selected}
          onSelect={setSelected}
          peeked={search.peek}
          onPeek={(row) => set({ peek: row.account.id }, search.peek !== undefined)}
          onOpen={(row) => void navigate({ to: '/accounts/$accountId', params: { accountId: row.account.id } })}
          onExplain={(row) => explain({ account: row.account.id })}
          empty={<NoAccounts />}
        />
      )}
      <div className={table.foot}>
        <span aria-live="polite">{first ? plural(first.total, 'account') : ' '}</span>
        {first?.scorecard && <span>{first.scorecard.title}</span>}
        <span className={table.footSpace} />
        <span className={table.wide}>A cell is a measure’s own score from 0 to 100; hatched cells have no value and do not count</span>
      </div>
      <Peek id={search.peek} onClose={() => set({ peek: undefined })} />
    </div>
  );
}

function gridColumns(measures: GridMeasure[], bands: Band[]): Column<GridRow>[] {
  return [
    { key: 'name', title: 'Account', width: 220, sort: 'name', render: (r) => <AccountName row={r.account} />, csv: (r) => r.account.name },
    { key: 'score', title: 'Overall', width: 92, sort: 'score', render: (r) => <ScoreCell row={r.account} />, csv: (r) => r.account.score },
    ...measures.map(
      (m): Column<GridRow> => ({
        key: m.key,
        title: m.title || m.key,
        hint: `${m.group}: ${m.title || m.key}`,
        width: 104,
        wrap: true,
        align: 'center',
        sort: `measure:${m.key}`,
        render: (r) => <MeasureCell account={r.account} row={r} measure={m} bands={bands} />,
        csv: (r) => r.cells.find((c) => c.measure === m.key)?.score,
      }),
    ),
  ];
}

function MeasureCell({ account, row, measure, bands }: { account: AccountRow; row: GridRow; measure: GridMeasure; bands: Band[] }) {
  const { explain } = useExplain();
  const cell = row.cells.find((c) => c.measure === measure.key);
  const color = bandColor(cell?.score == null ? 'grey' : (bands.find((b) => b.key === cell.band)?.color ?? cell.band));
  const words = cell?.score == null ? `does not count: ${cell?.why ?? 'no value'}` : `score ${scoreText(cell.score)}, value ${decimal(cell.value)}${cell.stale ? ', stale' : ''}`;
  return (
      <button type="button" className={s.cell} title={`${measure.title}: ${words}`} data-color={color} aria-label={`${account.name}, ${measure.title}: ${words}. Explain`} onClick={() => explain({ account: account.id, measure: measure.key })}>
        {cell?.score == null ? (
          '–'
        ) : (
          <>
            <BandShape color={color} />
            {scoreText(cell.score)}
          </>
        )}
        {cell?.stale && <IconClockHour4 aria-hidden="true" />}
      </button>
  );
}
