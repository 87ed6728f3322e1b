import { Button } from '@mantine/core';
import { IconFileImport, IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { importsQuery } from '../../api/data';
import { count } from '../../format/number';
import { When } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { More } from '../account/More';
import s from './data.module.css';
import { shareDone, STATES, totalsOf } from './import';

/** Every import with how it went; those that run show how far they are. */
export function Imports() {
  const query = useInfiniteQuery(importsQuery);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={8} />;
  const rows = query.data.pages.flatMap((p) => p.items);
  const action = (
    <Button component={Link} to="/data/imports/new" leftSection={<IconUpload size={14} />}>
      Import files
    </Button>
  );
  if (rows.length === 0)
    return (
      <Empty icon={IconFileImport} title="Nothing was imported yet" actions={action}>
        Bring a CSV, JSONL or Parquet file: Kept looks at its columns, proposes a mapping, and shows in a dry run what it would do before anything is written.
      </Empty>
    );
  return (
    <>
      <div className={s.bar}>
        <span className="muted">An import can be repeated: rows that are known are updated, not doubled.</span>
        <span className={s.grow} />
        {action}
      </div>
      <Sheet
        label="Imports"
        rows={rows}
        rowKey={(r) => r.id}
        columns={[
          {
            key: 'name',
            title: 'Import',
            render: (r) => (
              <>
                <Link to="/data/imports/$importId" params={{ importId: r.id }} style={{ fontWeight: 500 }}>
                  {r.name}
                </Link>
                {r.dry_run && <span className={s.sub}>dry run: nothing was written</span>}
              </>
            ),
          },
          { key: 'state', title: 'State', width: 150, render: (r) => <span className={s.state} data-state={r.state}>{STATES[r.state]}{r.state === 'running' && shareDone(r) != null && ` ${Math.round(shareDone(r)! * 100)} %`}</span> },
          { key: 'read', title: 'Rows read', align: 'right', width: 110, render: (r) => count(r.progress.read) },
          { key: 'written', title: 'Written', align: 'right', width: 100, wide: true, render: (r) => count(totalsOf(r).written) },
          { key: 'rejected', title: 'Rejected', align: 'right', width: 100, render: (r) => count(r.report?.rejects ?? 0) },
          { key: 'by', title: 'By', width: 150, wide: true, render: (r) => r.by },
          { key: 'when', title: 'Started', align: 'right', width: 130, render: (r) => <When at={r.started_at} /> },
        ]}
      />
      <More shown={rows.length} total={query.data.pages[0]?.total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
    </>
  );
}
