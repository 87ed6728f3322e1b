import { Anchor, Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiUrl } from '../../api/client';
import { runQuery, runsQuery } from '../../api/connect';
import type { Connection, ConnectionRun } from '../../api/shapes';
import { instant } from '../../format/date';
import { count, plural } from '../../format/number';
import { Nothing } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote, Rows } from '../../parts/States';
import { More } from '../account/More';
import s from './data.module.css';
import { Findings } from './Findings';
import { duration } from './import';
import { ObjectCounts } from './ObjectCounts';

const STATE: Record<ConnectionRun['state'], string> = { running: 'running', done: 'done', failed: 'failed', cancelled: 'stopped' };

/** Every reading of a connection; one opens below with what became of its rows. */
export function ConnectionRuns({ row }: { row: Connection }) {
  const query = useInfiniteQuery(runsQuery(row.id, row.state === 'running'));
  const [open, setOpen] = useState<string>();
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={4} />;
  const rows = query.data.pages.flatMap((p) => p.items);
  return (
    <>
      <Panel title="Runs" hint={plural(query.data.pages[0]?.total ?? 0, 'run')}>
        {rows.length === 0 ? (
          <p className={s.none}>It has not been read yet.</p>
        ) : (
          <Sheet
            label="Runs"
            rows={rows}
            rowKey={(r) => r.id}
            columns={[
              {
                key: 'when',
                title: 'Started',
                render: (r) => (
                  <>
                    <Anchor component="button" type="button" aria-expanded={open === r.id} onClick={() => setOpen(open === r.id ? undefined : r.id)}>
                      {instant(r.started_at)}
                    </Anchor>
                    {r.message && <span className={s.sub}>{r.message}</span>}
                  </>
                ),
              },
              { key: 'state', title: 'State', width: 120, render: (r) => <span className={s.state} data-state={r.state}>{STATE[r.state]}</span> },
              { key: 'cause', title: 'Begun by', width: 150, wide: true, render: (r) => (r.cause === 'schedule' ? 'schedule' : (r.by ?? r.cause)) },
              { key: 'rows', title: 'Rows', align: 'right', width: 100, render: (r) => count(r.rows_read) },
              { key: 'rejected', title: 'Rejected', align: 'right', width: 100, render: (r) => count(r.rows_rejected) },
              { key: 'took', title: 'Took', align: 'right', width: 100, wide: true, render: (r) => (r.finished_at ? duration((Date.parse(r.finished_at) - Date.parse(r.started_at)) / 1000) : <Nothing />) },
            ]}
          />
        )}
        <More shown={rows.length} total={query.data.pages[0]?.total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
      </Panel>
      {open && <OneRun id={open} />}
    </>
  );
}

function OneRun({ id }: { id: string }) {
  const query = useQuery(runQuery(id));
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={4} />;
  const run = query.data;
  return (
    <>
      <Panel
        title={`The run of ${instant(run.started_at)}`}
        actions={
          run.rows_rejected > 0 && (
            <Button component="a" href={apiUrl(`/connection-runs/${encodeURIComponent(id)}/rejects.csv`)} download={`rejects-${id}.csv`} variant="default" leftSection={<IconDownload size={14} />}>
              {plural(run.rows_rejected, 'rejected row')} as CSV
            </Button>
          )
        }
      >
        <ObjectCounts objects={run.report?.objects ?? {}} none="Nothing had changed." />
      </Panel>
      {run.report && run.report.quality.length > 0 && <Findings items={run.report.quality} />}
    </>
  );
}
