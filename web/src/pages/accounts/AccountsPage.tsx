import { Button } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { ApiError } from '../../api/client';
import type { AccountRow } from '../../api/contract';
import { accountsQuery, freshnessQuery, viewsQuery } from '../../api/queries';
import { toCsv } from '../../explain/csv';
import { count, plural } from '../../format/number';
import { PageHeader } from '../../parts/Page';
import { Empty, ErrorNote } from '../../parts/States';
import { DataTable } from '../../table/DataTable';
import { exportAll } from '../../table/export';
import { FilterBar } from '../../table/FilterBar';
import { pickColumns } from '../../table/column';
import { TableMenu } from '../../table/TableMenu';
import { ViewTabs } from '../../table/ViewTabs';
import table from '../../table/table.module.css';
import { useExplain } from '../../url/useExplain';
import { BandFacets } from './BandFacets';
import { accountColumns, STANDARD } from './columns';
import { useAccountFields } from './fields';
import { NoAccounts } from './NoAccounts';
import { PageSwitch } from './PageSwitch';
import { Peek } from './Peek';
import { builtIn, differs, useAccountsView } from './useAccountsView';

const keyOf = (row: AccountRow) => row.id;

export function AccountsPage() {
  const view = useAccountsView('/accounts');
  const { search, set, query } = view;
  const { fields, bands, metrics } = useAccountFields();
  const navigate = useNavigate();
  const { explain } = useExplain();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [exporting, setExporting] = useState(false);

  const list = useInfiniteQuery(accountsQuery(query));
  const rows = useMemo(() => list.data?.pages.flatMap((p) => p.items) ?? [], [list.data]);
  const first = list.data?.pages[0];
  const all = useMemo(() => accountColumns(metrics), [metrics]);
  const columns = useMemo(() => pickColumns(all, view.columns, STANDARD), [all, view.columns]);
  const saved = useQuery(viewsQuery('accounts')).data?.items ?? [];
  const current = [...builtIn, ...saved].find((v) => v.id === (search.view ?? 'customers'));
  const badFilter = list.error instanceof ApiError && list.error.status === 422 ? list.error : undefined;
  // With no account at all it is not the filter that leaves nothing.
  const anyone = useQuery(freshnessQuery).data?.accounts !== 0;
  const filtered = anyone && Boolean(view.filter || search.q || search.owner || search.band || search.segment);

  const exportShown = async () => {
    setExporting(true);
    const figures = columns.filter((c) => c.csv);
    await exportAll<AccountRow>('accounts', '/accounts', query, (items) =>
      toCsv(['id', ...figures.map((c) => c.title)], items.map((row) => [row.id, ...figures.map((c) => c.csv!(row))])),
    );
    setExporting(false);
  };

  return (
    <div className={table.page}>
      <PageHeader title="Accounts" actions={<PageSwitch page="table" />} />
      <ViewTabs page="accounts" builtIn={builtIn} current={search.view ?? 'customers'} definition={view.definition} changed={differs(current, view.definition, view.me)} onPick={view.pick} />
      <FilterBar fields={fields} filter={view.filter} onFilter={view.setFilter} q={search.q} onSearch={(q) => set({ q }, true)} invalid={badFilter !== undefined}>
        <BandFacets facets={first?.facets} bands={bands} band={search.band} onBand={(band) => set({ band })} />
        <TableMenu all={all} shown={view.columns} onShown={view.setColumns} comfortable={search.density === 'comfortable'} onComfortable={(on) => set({ density: on ? 'comfortable' : undefined })} onExport={() => void exportShown()} exporting={exporting} />
      </FilterBar>
      {list.error && rows.length === 0 ? (
        <ErrorNote error={list.error} retry={() => void list.refetch()} title={badFilter ? 'The condition cannot be read' : undefined} />
      ) : (
        <DataTable
          label="Accounts"
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          total={first?.total ?? 0}
          hasMore={list.hasNextPage}
          loading={list.isFetching}
          more={() => void list.fetchNextPage()}
          sort={view.sortKey}
          onSort={(c) => view.sortBy(c.sort!, c.descFirst ?? false)}
          rowHeight={search.density === 'comfortable' ? 42 : 32}
          selected={selected}
          onSelect={setSelected}
          peeked={search.peek}
          onPeek={(row) => set({ peek: row.id }, search.peek !== undefined)}
          onOpen={(row) => void navigate({ to: '/accounts/$accountId', params: { accountId: row.id } })}
          onExplain={(row) => explain({ account: row.id })}
          empty={filtered ? <NothingFound clear={() => set({ filter: undefined, q: undefined, owner: undefined, band: undefined, segment: undefined, view: 'everything' })} /> : <NoAccounts />}
        />
      )}
      <div className={table.foot}>
        <span aria-live="polite">{first ? plural(first.total, 'account') : ' '}</span>
        {selected.size > 0 && (
          <>
            <span>{count(selected.size)} selected</span>
            <Button variant="subtle" onClick={() => setSelected(new Set())}>
              Clear selection
            </Button>
          </>
        )}
        <span className={table.footSpace} />
        <span className={table.wide}>j k move · enter peek · o open · e explain · x select · / search</span>
      </div>
      <Peek id={search.peek} row={rows.find((r) => r.id === search.peek)} onClose={() => set({ peek: undefined })} />
    </div>
  );
}

function NothingFound({ clear }: { clear: () => void }) {
  return (
    <Empty icon={IconFilterOff} title="No account fits" actions={<Button onClick={clear} variant="default">Show all accounts</Button>}>
      The search and the filters leave nothing. Loosen one of them, or look at all accounts.
    </Empty>
  );
}
