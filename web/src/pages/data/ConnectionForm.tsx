import { Button, Group, PasswordInput, Select, Textarea, TextInput } from '@mantine/core';
import { IconCircleCheck, IconEye, IconPlugConnected } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { previewConnection, saveConnection, testConnection, useConnections, type Try } from '../../api/connect';
import { ApiError } from '../../api/client';
import type { Connection, ConnectionDraft, ConnectionPreview, Connector, ConnectorField } from '../../api/shapes';
import { count, plural } from '../../format/number';
import { Panel } from '../../parts/Page';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote } from '../../parts/States';
import { every, INTERVALS } from './connection';
import c from './connect.module.css';
import s from './data.module.css';

type Props = { kind: Connector; stored?: Connection; onSaved: (saved: Connection) => void };

/** Settings, schedule and mapping of a connection, with a test and a preview beside them. */
export function ConnectionForm({ kind, stored, onSaved }: Props) {
  const [name, setName] = useState(stored?.name ?? kind.title);
  const [config, setConfig] = useState<Record<string, string>>(() => ({ ...initial(kind), ...stored?.config }));
  const [interval, setIntervalOf] = useState(stored?.every_seconds ?? kind.every_seconds);
  const [mapping, setMapping] = useState(stored?.mapping ?? kind.mapping ?? MINE);
  const shipped = kind.mapping ?? '';

  const draft = (): Try => ({
    id: stored?.id,
    name: name.trim(),
    kind: kind.kind,
    config: Object.fromEntries(Object.entries(config).filter(([, v]) => v !== '')),
    mapping: mapping === shipped ? undefined : mapping,
    every_seconds: interval,
    paused: stored?.paused,
  });
  const test = useMutation({ mutationFn: () => testConnection(draft()) });
  const preview = useMutation({ mutationFn: () => previewConnection(draft()) });
  const save = useConnections(() => {
    const body: ConnectionDraft & { id?: string } = draft();
    delete body.id;
    return saveConnection(stored?.id, body);
  });
  const places = placesOf(save.error ?? test.error ?? preview.error);
  const busy = test.isPending || preview.isPending || save.isPending;
  const set = (key: string, value: string) => {
    setConfig((old) => ({ ...old, [key]: value }));
    test.reset();
  };

  return (
    <form
      className={c.form}
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate(undefined, { onSuccess: onSaved });
      }}
    >
      <Panel title="How it is reached">
        <div className={c.fields}>
          <TextInput label="Name" required value={name} maxLength={80} error={places.name} onChange={(e) => setName(e.currentTarget.value)} />
          {kind.fields.map((f) => (
            <Setting key={f.name} field={f} value={config[f.name] ?? ''} kept={stored?.secrets.includes(f.name) ?? false} error={places[`config.${f.name}`]} onChange={(v) => set(f.name, v)} />
          ))}
          <Select label="Reads" allowDeselect={false} data={[...new Set([...INTERVALS, interval])].map((n) => ({ value: String(n), label: every(n) }))} value={String(interval)} error={places.every_seconds} onChange={(v) => v && setIntervalOf(Number(v))} />
          {test.data && (
            <div className={c.says} role="status">
              <IconCircleCheck size={16} aria-hidden="true" />
              <span>{test.data.says}.</span>
            </div>
          )}
          {test.error && <ErrorNote error={test.error} title="It cannot be reached like this" />}
          {save.error && <ErrorNote error={save.error} title="It was not saved" />}
          <Group justify="space-between">
            <Button variant="default" loading={test.isPending} disabled={busy} leftSection={<IconPlugConnected size={14} />} onClick={() => test.mutate()}>
              Test
            </Button>
            <Button type="submit" loading={save.isPending} disabled={busy}>
              {stored ? 'Save' : 'Connect'}
            </Button>
          </Group>
        </div>
      </Panel>
      <div style={{ display: 'grid', gap: 14, minWidth: 0 }}>
        <Panel
          title="Mapping"
          hint={shipped ? (mapping === shipped ? 'as it ships; yours to change' : 'changed by you') : 'what the rows mean'}
          actions={
            <Group gap={8}>
              {shipped && mapping !== shipped && (
                <Button variant="default" onClick={() => setMapping(shipped)}>
                  Back to the shipped one
                </Button>
              )}
              <Button variant="default" loading={preview.isPending} disabled={busy} leftSection={<IconEye size={14} />} onClick={() => preview.mutate()}>
                Preview
              </Button>
            </Group>
          }
        >
          <textarea className={s.mapping} style={{ minHeight: 260 }} aria-label="Mapping as YAML" spellCheck={false} wrap="off" value={mapping} onChange={(e) => setMapping(e.currentTarget.value)} />
        </Panel>
        {preview.error && <ErrorNote error={preview.error} title="There is no preview" />}
        {preview.data && <PreviewOf preview={preview.data} />}
      </div>
    </form>
  );
}

const MINE = `kept: 1
source: warehouse
files:
  - path: rows.jsonl
    rows:
      - target: account
        id: id
        name: name
        since: created_at
`;

const initial = (kind: Connector) => Object.fromEntries(kind.fields.flatMap((f) => (f.default ? [[f.name, f.default]] : [])));

function Setting({ field, value, kept, error, onChange }: { field: ConnectorField; value: string; kept: boolean; error?: string; onChange: (v: string) => void }) {
  const common = {
    label: field.title,
    description: field.help,
    error,
    value,
    required: field.required && !kept,
    placeholder: kept ? 'Stored. Leave it empty to keep it' : field.example,
    autoComplete: 'off',
  };
  if (field.options && field.options.length > 0) return <Select label={field.title} description={field.help} data={field.options} value={value || null} error={error} onChange={(v) => onChange(v ?? '')} />;
  if (field.secret) return <PasswordInput {...common} autoComplete="new-password" visibilityToggleButtonProps={{ 'aria-label': `Show ${field.title}` }} onChange={(e) => onChange(e.currentTarget.value)} />;
  if (field.long) return <Textarea {...common} className={c.mono} autosize minRows={3} maxRows={14} spellCheck={false} onChange={(e) => onChange(e.currentTarget.value)} />;
  return <TextInput {...common} onChange={(e) => onChange(e.currentTarget.value)} />;
}

/** The places that a refusal names, by field. */
function placesOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries((error.problem.errors ?? []).flatMap((e) => (e.location ? [[e.location.replace(/^body\./, ''), e.message]] : [])));
}

function PreviewOf({ preview }: { preview: ConnectionPreview }) {
  const objects = Object.entries(preview.report?.objects ?? {});
  return (
    <>
      <Panel title="What the first rows would become" hint="nothing was written">
        {objects.length === 0 ? (
          <p className={s.none}>The system has no rows yet, or the mapping reads none of its streams.</p>
        ) : (
          <Sheet
            label="Objects"
            rows={objects}
            rowKey={([name]) => name}
            columns={[
              { key: 'name', title: 'Objects', render: ([name]) => name.replaceAll('_', ' ') },
              { key: 'read', title: 'Read', align: 'right', width: 90, render: ([, n]) => count(n.read) },
              { key: 'created', title: 'New', align: 'right', width: 90, render: ([, n]) => count(n.created) },
              { key: 'known', title: 'Known', align: 'right', width: 90, wide: true, render: ([, n]) => count(n.updated + n.unchanged) },
              { key: 'rejected', title: 'Rejected', align: 'right', width: 90, render: ([, n]) => (n.rejected > 0 ? <b style={{ color: 'var(--k-down)' }}>{count(n.rejected)}</b> : '0') },
            ]}
          />
        )}
        {preview.rejects.length > 0 && (
          <Sheet
            label="Rejected rows"
            rows={preview.rejects}
            rowKey={(r) => `${r.stream}/${r.id}/${r.column}/${r.reason}`}
            columns={[
              { key: 'row', title: 'Rejected', render: (r) => `${r.stream} ${r.id}` },
              { key: 'column', title: 'Column', width: 130, wide: true, render: (r) => <code>{r.column}</code> },
              { key: 'reason', title: 'Why', render: (r) => r.reason },
            ]}
          />
        )}
      </Panel>
      <Panel title="What comes in" hint={plural(preview.samples.length, 'stream')}>
        <Sheet
          label="Streams"
          rows={preview.samples}
          rowKey={(x) => x.stream}
          columns={[
            { key: 'stream', title: 'Stream', width: 150, render: (x) => <code>{x.stream}</code> },
            { key: 'mapped', title: 'Read', width: 110, render: (x) => (x.mapped ? 'by the mapping' : <span className="muted">not mapped</span>) },
            { key: 'row', title: 'First row', render: (x) => (x.rows[0] ? <div className={c.json} title={JSON.stringify(x.rows[0], null, 1)}>{JSON.stringify(x.rows[0])}</div> : <span className="muted">no rows</span>) },
          ]}
        />
      </Panel>
    </>
  );
}
