import { Button, CloseButton, Group, Loader } from '@mantine/core';
import { IconFileUpload, IconPlayerPlay, IconUpload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { inspectFile, startImport } from '../../api/data';
import type { Inspection } from '../../api/shapes';
import { count, plural } from '../../format/number';
import { Panel } from '../../parts/Page';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote } from '../../parts/States';
import s from './data.module.css';
import { bytes } from './import';

type Found = { file: File; inspection: Inspection };

/** Files in, columns looked at, a mapping proposed and edited, a dry run, then the import. */
export function NewImport() {
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [found, setFound] = useState<Found[]>([]);
  const [mapping, setMapping] = useState('');
  const [edited, setEdited] = useState(false);
  const [over, setOver] = useState(false);

  const inspect = useMutation({
    mutationFn: async (files: File[]) => {
      const out: Found[] = [];
      for (const file of files) out.push({ file, inspection: await inspectFile(file) });
      return out;
    },
    onSuccess: (more) => {
      const all = [...found.filter((f) => !more.some((m) => m.file.name === f.file.name)), ...more];
      setFound(all);
      // What was typed is never thrown away by another file.
      if (!edited) setMapping(all[0]?.inspection.proposed_mapping ?? '');
    },
  });
  const run = useMutation({
    mutationFn: (dry: boolean) => startImport(found.map((f) => f.file), mapping, dry),
    onSuccess: (row) => navigate({ to: '/data/imports/$importId', params: { importId: row.id } }),
  });
  const take = (list: FileList | null) => {
    if (list && list.length > 0) inspect.mutate([...list]);
  };
  const drop = (name: string) => {
    const left = found.filter((f) => f.file.name !== name);
    setFound(left);
    if (!edited) setMapping(left[0]?.inspection.proposed_mapping ?? '');
  };
  const step = found.length === 0 ? 1 : 2;

  return (
    <div className={s.page}>
      <ol className={s.steps} aria-label="Steps">
        {['Choose files', 'Check the mapping', 'Dry run', 'Import'].map((title, i) => (
          <li key={title} data-on={step === i + 1} aria-current={step === i + 1 ? 'step' : undefined}>
            <b>{i + 1}</b> {title}
          </li>
        ))}
      </ol>
      <div
        className={s.drop}
        data-over={over}
        style={found.length > 0 ? { padding: '12px 20px' } : undefined}
        onDragOver={(e) => {
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(e) => {
          e.preventDefault();
          setOver(false);
          take(e.dataTransfer.files);
        }}
      >
        {found.length === 0 && <IconFileUpload size={28} stroke={1.4} aria-hidden="true" />}
        <div>{found.length === 0 ? 'Drop CSV, JSONL or Parquet files here. Nothing is written before you say so.' : 'Drop more files here, or'}</div>
        <input ref={input} type="file" multiple hidden accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet" aria-label="Files to import" onChange={(e) => take(e.currentTarget.files)} />
        <Button variant={found.length === 0 ? 'filled' : 'default'} leftSection={<IconUpload size={14} />} loading={inspect.isPending} onClick={() => input.current?.click()}>
          Choose files
        </Button>
      </div>
      {inspect.isPending && (
        <Group gap={8} role="status">
          <Loader size={14} /> Looking at the columns
        </Group>
      )}
      {inspect.error && <ErrorNote error={inspect.error} title="This file could not be read" />}
      {found.length > 0 && (
        <div className={s.work}>
          <div style={{ display: 'grid', gap: 14, minWidth: 0 }}>
            {found.map(({ file, inspection }) => (
              <Panel key={file.name} title={file.name} hint={`${bytes(file.size)}, ${plural(inspection.rows, 'row')}${inspection.delimiter ? `, separated by ${inspection.delimiter === '\t' ? 'tabs' : `“${inspection.delimiter}”`}` : ''}, ${inspection.encoding}`} actions={<CloseButton aria-label={`Leave out ${file.name}`} size={24} onClick={() => drop(file.name)} />}>
                <Columns inspection={inspection} />
              </Panel>
            ))}
          </div>
          <div style={{ display: 'grid', gap: 14, minWidth: 0 }}>
            <Panel title="Mapping" hint="proposed from the columns; yours to change">
              <textarea
                className={s.mapping}
                aria-label="Mapping as YAML"
                spellCheck={false}
                wrap="off"
                value={mapping}
                onChange={(e) => {
                  setMapping(e.currentTarget.value);
                  setEdited(true);
                }}
              />
            </Panel>
            {run.error && <ErrorNote error={run.error} title="It was not started; nothing was written" />}
            <Group justify="flex-end">
              <Button variant="default" loading={run.isPending && run.variables === false} disabled={!mapping.trim() || run.isPending} leftSection={<IconUpload size={14} />} onClick={() => run.mutate(false)}>
                Import without a dry run
              </Button>
              <Button loading={run.isPending && run.variables === true} disabled={!mapping.trim() || run.isPending} leftSection={<IconPlayerPlay size={14} />} onClick={() => run.mutate(true)}>
                Dry run
              </Button>
            </Group>
          </div>
        </div>
      )}
    </div>
  );
}

function Columns({ inspection }: { inspection: Inspection }) {
  return (
    <Sheet
      label="Columns"
      rows={inspection.columns}
      rowKey={(c) => c.name}
      columns={[
        { key: 'name', title: 'Column', render: (c) => <code>{c.name}</code> },
        { key: 'type', title: 'Looks like', width: 100, render: (c) => c.type },
        { key: 'samples', title: 'For example', render: (c) => <div className={s.samples} title={c.samples.join(', ')}>{c.samples.join(', ')}</div> },
        { key: 'empty', title: 'Empty', align: 'right', width: 80, render: (c) => (c.empty > 0 ? count(c.empty) : <span className="muted">none</span>) },
      ]}
    />
  );
}
