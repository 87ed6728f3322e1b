import { Button } from '@mantine/core';
import { IconDatabaseOff, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { sourcesQuery } from '../../api/data';
import { freshnessQuery } from '../../api/queries';
import { count, countShort } from '../../format/number';
import { When } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { Connections } from './Connections';
import s from './data.module.css';

const STATUS: Record<string, string> = { ok: 'up to date', late: 'late', failed: 'failed', empty: 'nothing yet' };

/** Where the data come from, and how fresh they are. */
export function Sources() {
  const query = useQuery(sourcesQuery);
  const fresh = useQuery(freshnessQuery).data;
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={8} />;
  const action = (
    <Button component={Link} to="/data/imports/new" leftSection={<IconUpload size={14} />}>
      Import files
    </Button>
  );
  return (
    <>
      <div className={s.page} style={{ paddingBottom: 0 }}>
        {fresh && (
          <dl className={s.facts} style={{ margin: 0 }}>
            <Fact title="Accounts">{count(fresh.accounts)}</Fact>
            <Fact title="Events">
              <span title={count(fresh.events)}>{countShort(fresh.events)}</span>
            </Fact>
            <Fact title="Newest event">
              <When at={fresh.newest_event_at} />
            </Fact>
            <Fact title="Last scored">
              <When at={fresh.last_evaluation_at} />
            </Fact>
            <Fact title="Slowest source">{fresh.slowest_source || 'none'}</Fact>
          </dl>
        )}
      </div>
      <Connections />
      <div className={s.bar}>
        <span className="muted">A source is late when its newest event is older than it usually is.</span>
        <span className={s.grow} />
        {action}
      </div>
      {query.data.items.length === 0 ? (
        <Empty icon={IconDatabaseOff} title="Nothing has come in yet" actions={action}>
          Import a CSV, JSONL or Parquet file, or send events with a write key (Tokens and keys). To look around first, start <code>kept demo</code>.
        </Empty>
      ) : (
        <Sheet
          label="Sources"
          rows={query.data.items}
          rowKey={(r) => r.kind + r.name}
          columns={[
            { key: 'name', title: 'Source', render: (r) => <b style={{ fontWeight: 500 }}>{r.name}</b> },
            { key: 'kind', title: 'Kind', render: (r) => r.kind, wide: true },
            { key: 'status', title: 'State', width: 140, render: (r) => <span className={s.state} data-state={r.status}>{STATUS[r.status] ?? r.status}</span> },
            { key: 'objects', title: 'Rows', align: 'right', width: 120, render: (r) => count(r.objects) },
            { key: 'newest', title: 'Newest', align: 'right', width: 140, render: (r) => <When at={r.newest_event_at} /> },
            { key: 'import', title: 'Last import', align: 'right', width: 140, wide: true, render: (r) => <When at={r.last_import} /> },
          ]}
        />
      )}
    </>
  );
}

function Fact({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}
