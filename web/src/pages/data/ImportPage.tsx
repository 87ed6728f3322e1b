import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCircleCheck, IconCircleX, IconDownload, IconFlask, IconPlayerStop, IconUpload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { cancelImport, importQuery } from '../../api/data';
import { apiUrl } from '../../api/client';
import type { ImportReport, ImportRow } from '../../api/shapes';
import { instant } from '../../format/date';
import { count, plural } from '../../format/number';
import { Panel } from '../../parts/Page';
import { ErrorNote, Rows } from '../../parts/States';
import s from './data.module.css';
import { bytes, duration, shareDone, STATES, totalsOf } from './import';
import { Findings } from './Findings';
import { ObjectCounts } from './ObjectCounts';

/** One import: how far it is, then what it did. It goes on when the page is left. */
export function ImportPage() {
  const { importId } = useParams({ from: '/app/data/imports/$importId' });
  const query = useQuery(importQuery(importId));
  const client = useQueryClient();
  const state = query.data?.state;
  const before = useRef<string>(undefined);
  useEffect(() => {
    if (before.current === 'running' && state === 'done') {
      notifications.show({ message: `${query.data?.name} is done.` });
      if (!query.data?.dry_run) void client.invalidateQueries({ predicate: (q) => q.queryKey[0] !== 'imports' && q.queryKey[0] !== 'session' });
    }
    before.current = state;
  }, [state, query.data, client]);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={8} />;
  const row = query.data;
  const active = row.state === 'running' || row.state === 'queued';
  return (
    <div className={`${s.page} ${s.narrow}`}>
      <div className={s.section}>
        <h2>{row.name}</h2>
        <span className="muted">
          {row.dry_run ? 'Dry run by' : 'By'} {row.by}, {instant(row.started_at)}
          {row.finished_at && `, took ${duration((Date.parse(row.finished_at) - Date.parse(row.started_at)) / 1000)}`}
        </span>
      </div>
      {active ? <Progress row={row} /> : <Verdict row={row} />}
      {row.report && <Report row={row} report={row.report} />}
    </div>
  );
}

function Progress({ row }: { row: ImportRow }) {
  const client = useQueryClient();
  const cancel = useMutation({ mutationFn: () => cancelImport(row.id), onSettled: () => client.invalidateQueries({ queryKey: ['imports'] }) });
  const share = shareDone(row);
  const p = row.progress;
  return (
    <div className={s.progress}>
      <div className={s.progressTop}>
        <b>{row.state === 'queued' ? 'Waiting for another import to end' : share == null ? 'Reading' : `${Math.floor(share * 100)} %`}</b>
        <span className="num">{plural(p.read, 'row')} read</span>
        {p.total_bytes > 0 && (
          <span className="muted num">
            {bytes(p.done_bytes)} of {bytes(p.total_bytes)}
          </span>
        )}
        {p.rate > 0 && <span className="muted num">{count(p.rate)} rows a second</span>}
        {p.eta_seconds != null && <span className="num">about {duration(p.eta_seconds)} left</span>}
        <span className={s.grow} />
        <Button variant="default" leftSection={<IconPlayerStop size={14} />} loading={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel
        </Button>
      </div>
      <div className={s.track} data-unknown={share == null} role="progressbar" aria-label="Import" aria-valuemin={0} aria-valuemax={100} aria-valuenow={share == null ? undefined : Math.floor(share * 100)}>
        <span style={share == null ? undefined : { width: `${share * 100}%` }} />
      </div>
      <span className={s.sub}>You can leave this page: the import goes on, and Imports shows how far it is.</span>
      {cancel.error && <ErrorNote error={cancel.error} title="It could not be cancelled" />}
    </div>
  );
}

function Verdict({ row }: { row: ImportRow }) {
  const t = totalsOf(row);
  const rejects = row.report?.rejects ?? 0;
  if (row.state === 'failed')
    return (
      <div className={s.verdict} data-kind="bad" role="alert">
        <IconCircleX size={18} aria-hidden="true" />
        <div>
          <b>It failed.</b> {row.error} Mend the cause and run it again: what was already written is recognised, nothing is doubled.
        </div>
      </div>
    );
  if (row.state === 'cancelled')
    return (
      <div className={s.verdict} data-kind="warn">
        <IconPlayerStop size={18} aria-hidden="true" />
        <div>
          <b>It was cancelled.</b> What was complete until then is kept; nothing is half-written. Running it again goes on from there without doubling.
        </div>
      </div>
    );
  return (
    <div className={s.verdict} data-kind={row.dry_run ? 'dry' : rejects > 0 ? 'warn' : 'ok'}>
      {row.dry_run ? <IconFlask size={18} aria-hidden="true" /> : <IconCircleCheck size={18} aria-hidden="true" />}
      <div>
        {row.dry_run ? (
          <>
            <b>Nothing was written.</b> Of {plural(t.read, 'object')} in the files, {count(t.written)} would be created or updated and {count(rejects)} would be rejected. When you like what you see, start the import with the same files and mapping.
          </>
        ) : (
          <>
            <b>{STATES[row.state] === 'done' ? 'Done.' : row.state}</b> Of {plural(t.read, 'object')} in the files, {count(t.written)} were created or updated, {rejects === 0 ? 'and none was rejected' : `${count(rejects)} were rejected and can be mended and imported again`}.
          </>
        )}
      </div>
    </div>
  );
}

function Report({ row, report }: { row: ImportRow; report: ImportReport }) {
  return (
    <>
      <Panel
        title="What it read"
        actions={
          <Group gap={8}>
            {report.rejects > 0 && (
              <Button component="a" href={apiUrl(`/imports/${encodeURIComponent(row.id)}/rejects.csv`)} download={`rejects-${row.id}.csv`} variant="default" leftSection={<IconDownload size={14} />}>
                {plural(report.rejects, 'rejected row')} as CSV
              </Button>
            )}
            <Button component={Link} to="/data/imports/new" variant={row.dry_run ? 'filled' : 'default'} leftSection={<IconUpload size={14} />}>
              {row.dry_run ? 'Start the import' : 'Import more'}
            </Button>
          </Group>
        }
      >
        <ObjectCounts objects={report.objects} none="No row was read." />
      </Panel>
      <Findings items={report.quality} />
    </>
  );
}
