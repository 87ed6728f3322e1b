import { Button, CopyButton, Group, Modal } from '@mantine/core';
import { IconCircleX, IconCopy, IconPencil, IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { actOn, connectionQuery, connectorsQuery, deleteConnection, resetConnection, useConnections, waitingQuery } from '../../api/connect';
import type { Connection } from '../../api/shapes';
import { count, plural } from '../../format/number';
import { When } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote, Rows } from '../../parts/States';
import { ConnectionForm } from './ConnectionForm';
import { ConnectionRuns } from './ConnectionRuns';
import { every, sentenceOf, SHOWN, WORDS } from './connection';
import c from './connect.module.css';
import s from './data.module.css';

/** One connected system: how it is doing, how far it was read, and every run. */
export function ConnectionPage() {
  const { connectionId } = useParams({ from: '/app/data/connections/$connectionId' });
  const query = useQuery(connectionQuery(connectionId));
  const [editing, setEditing] = useState(false);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={8} />;
  const row = query.data;
  return (
    <div className={s.page}>
      <Head row={row} editing={editing} edit={() => setEditing(!editing)} />
      {editing ? (
        <Edit row={row} done={() => setEditing(false)} />
      ) : (
        <>
          <Verdict row={row} />
          <Facts row={row} />
          {row.webhook_path && <Hook row={row} />}
          <Streams row={row} />
          {row.waiting > 0 && <Waiting row={row} />}
          <ConnectionRuns row={row} />
        </>
      )}
    </div>
  );
}

function Head({ row, editing, edit }: { row: Connection; editing: boolean; edit: () => void }) {
  const act = useConnections((verb: 'run' | 'stop' | 'pause' | 'resume') => actOn(row.id, verb));
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate();
  const drop = useConnections(() => deleteConnection(row.id));
  const running = row.state === 'running';
  return (
    <>
      <div className={c.head}>
        <h2>{row.name}</h2>
        <span className={s.state} data-state={SHOWN[row.state]}>
          {WORDS[row.state]}
        </span>
        <span className="muted">{row.title}</span>
        <span className={s.grow} />
        {running ? (
          <Button variant="default" leftSection={<IconPlayerStop size={14} />} loading={act.isPending} onClick={() => act.mutate('stop')}>
            Stop
          </Button>
        ) : (
          <Button leftSection={<IconRefresh size={14} />} loading={act.isPending && act.variables === 'run'} onClick={() => act.mutate('run')}>
            Read now
          </Button>
        )}
        {row.every_seconds > 0 && (
          <Button variant="default" leftSection={row.paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />} onClick={() => act.mutate(row.paused ? 'resume' : 'pause')}>
            {row.paused ? 'Resume' : 'Pause'}
          </Button>
        )}
        <Button variant="default" leftSection={<IconPencil size={14} />} onClick={edit} aria-pressed={editing}>
          {editing ? 'Back' : 'Edit'}
        </Button>
        <Button variant="default" leftSection={<IconTrash size={14} />} onClick={() => setAsking(true)}>
          Delete
        </Button>
      </div>
      {act.error && <ErrorNote error={act.error} title="It was not done" />}
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Delete ${row.name}?`} closeButtonProps={{ 'aria-label': 'Close' }}>
        <p style={{ marginTop: 0 }}>Its secrets, runs and waiting rows are forgotten. What it brought stays, and connecting it again doubles nothing.</p>
        {drop.error && <ErrorNote error={drop.error} title="It was not deleted" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setAsking(false)}>
            Cancel
          </Button>
          <Button color="red" loading={drop.isPending} onClick={() => drop.mutate(undefined, { onSuccess: () => void navigate({ to: '/data' }) })}>
            Delete
          </Button>
        </Group>
      </Modal>
    </>
  );
}

function Edit({ row, done }: { row: Connection; done: () => void }) {
  const kinds = useQuery(connectorsQuery);
  if (kinds.error) return <ErrorNote error={kinds.error} retry={() => void kinds.refetch()} />;
  const kind = kinds.data?.items.find((k) => k.kind === row.kind);
  return kind ? <ConnectionForm kind={kind} stored={row} onSaved={done} /> : <Rows n={6} />;
}

function Verdict({ row }: { row: Connection }) {
  if (row.running)
    return (
      <div className={s.progress} role="status">
        <div className={s.progressTop} style={{ marginBottom: 0 }}>
          <b>Reading {row.running.stream || 'the system'}</b>
          <span className="num">{plural(row.running.rows_read, 'row')} so far</span>
          <span className={s.sub}>You can leave this page: the reading goes on.</span>
        </div>
      </div>
    );
  if (row.failures === 0) return null;
  return (
    <div className={s.verdict} data-kind="bad" role="alert">
      <IconCircleX size={18} aria-hidden="true" />
      <div>
        <b>{row.failures === 1 ? 'The last run failed.' : `The last ${count(row.failures)} runs failed.`}</b> {sentenceOf(row.last_error ?? '')} What was read before is stored; the next run goes on from there
        {row.next_run_at && !row.paused ? ', by itself, after a pause that grows with each failure' : ''}.
      </div>
    </div>
  );
}

function Facts({ row }: { row: Connection }) {
  return (
    <dl className={s.facts} style={{ margin: 0 }}>
      {[
        ['Reads', every(row.every_seconds)],
        ['Last good run', <When key="ok" at={row.last_ok_at} />],
        ['Next run', row.paused ? 'paused' : <When key="next" at={row.next_run_at} />],
        ['Mapping', row.own_mapping ? 'yours' : 'as shipped'],
        ['Secret entered', <When key="secret" at={row.secret_set_at} />],
      ].map(([title, value]) => (
        <div key={String(title)}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Hook({ row }: { row: Connection }) {
  const url = `${globalThis.location.origin}${row.webhook_path}`;
  return (
    <Panel title="Changes at once" hint={row.secrets.includes('webhook_secret') ? 'webhooks are verified with the stored signing secret' : 'enter the signing secret to take webhooks'}>
      <div className={c.copy}>
        <code>{url}</code>
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<IconCopy size={14} />} onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <span className={s.sub}>Enter this address as an endpoint in {row.title}. It has to reach Kept from outside.</span>
      </div>
    </Panel>
  );
}

function Streams({ row }: { row: Connection }) {
  const reset = useConnections((stream: string) => resetConnection(row.id, stream));
  return (
    <Panel title="How far it was read" hint="reading everything again doubles nothing">
      {reset.error && <ErrorNote error={reset.error} title="It was not reset" />}
      {row.cursors.length === 0 ? (
        <p className={s.none}>Nothing was read to its end yet. The first run reads everything.</p>
      ) : (
        <Sheet
          label="Streams"
          rows={row.cursors}
          rowKey={(x) => x.stream}
          columns={[
            { key: 'stream', title: 'Stream', render: (x) => <code>{x.stream}</code> },
            { key: 'rows', title: 'Rows in all', align: 'right', width: 110, render: (x) => count(x.rows) },
            { key: 'cursor', title: 'Cursor', wide: true, render: (x) => <div className={c.json} title={x.cursor}>{x.cursor}</div> },
            { key: 'at', title: 'Moved', align: 'right', width: 130, render: (x) => <When at={x.updated_at} /> },
            {
              key: 'do',
              title: <span className="sr-only">Actions</span>,
              align: 'right',
              width: 130,
              render: (x) => (
                <Button variant="default" disabled={row.state === 'running' || reset.isPending} onClick={() => reset.mutate(x.stream)}>
                  Read again
                </Button>
              ),
            },
          ]}
        />
      )}
    </Panel>
  );
}

function Waiting({ row }: { row: Connection }) {
  const query = useQuery(waitingQuery(row.id));
  return (
    <Panel title="Rows that wait" hint={`${plural(row.waiting, 'row')}: what they refer to has not arrived; each run tries them again`}>
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      ) : !query.data ? (
        <Rows n={3} />
      ) : (
        <Sheet
          label="Rows that wait"
          rows={query.data.items}
          rowKey={(w) => `${w.stream}/${w.id}`}
          columns={[
            { key: 'row', title: 'Row', render: (w) => <code>{`${w.stream} ${w.id}`}</code> },
            { key: 'why', title: 'Why', render: (w) => w.reason },
            { key: 'tries', title: 'Tries', align: 'right', width: 80, render: (w) => count(w.tries) },
            { key: 'since', title: 'Since', align: 'right', width: 130, wide: true, render: (w) => <When at={w.first_at} /> },
          ]}
        />
      )}
    </Panel>
  );
}
