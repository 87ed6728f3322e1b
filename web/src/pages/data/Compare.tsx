import { Anchor, Button, TextInput } from '@mantine/core';
import { IconArrowsExchange, IconArrowBackUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { acceptMerge, mergeQuery, rejectMerge, undoMerge, useIdentity } from '../../api/identity';
import type { MergeDetail, MergeSide } from '../../api/shapes';
import { count } from '../../format/number';
import { Panel } from '../../parts/Page';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote, Rows } from '../../parts/States';
import i from './identity.module.css';

/** Both accounts of a pair side by side, what a merge makes of each field, and the decision. */
export function Compare({ id, may }: { id: string; may: boolean }) {
  const query = useQuery(mergeQuery(id));
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={8} />;
  return <Pair m={query.data} may={may} />;
}

const title: Record<MergeDetail['state'], string> = { proposed: 'Are these one company?', done: 'Merged', rejected: 'Two companies', undone: 'Taken back' };

function Pair({ m, may }: { m: MergeDetail; may: boolean }) {
  const [swapped, setSwapped] = useState(false);
  const [note, setNote] = useState('');
  const act = useIdentity((run: () => Promise<unknown>) => run());
  const open = m.state === 'proposed' || (m.kind === 'merge' && (m.state === 'rejected' || m.state === 'undone'));
  const keep = swapped ? m.drop : m.keep;
  const both = m.keep.exists && m.drop.exists;
  return (
    <Panel title={m.kind === 'split' && m.state === 'done' ? `Split: what ${m.source} knows` : title[m.state]} hint={m.note}>
      <div className={i.sides}>
        <Side side={m.keep} keep={keep.id === m.keep.id} open={open} split={m.kind === 'split'} />
        <Side side={m.drop} keep={keep.id === m.drop.id} open={open} split={m.kind === 'split'} />
      </div>
      {m.reasons.length > 0 && (
        <ul className={i.reasons}>
          {m.reasons.map((r) => (
            <li key={r.rule}>
              {r.says} <span className="muted">({Math.round(r.weight * 100)} of 100, our own weight)</span>
            </li>
          ))}
        </ul>
      )}
      {m.fields.length > 0 && !swapped && (
        <Sheet
          label="Fields of both accounts"
          rows={m.fields}
          rowKey={(f) => f.field}
          dim={(f) => !f.differs}
          columns={[
            { key: 'field', title: 'Field', width: '18%', render: (f) => f.field.replaceAll('_', ' ') },
            { key: 'keep', title: m.keep.name, render: (f) => <Said value={f.keep} from={f.keep_from} wins={f.differs && f.after === f.keep} /> },
            { key: 'drop', title: m.drop.name, render: (f) => <Said value={f.drop} from={f.drop_from} wins={f.differs && f.after === f.drop} /> },
            { key: 'why', title: 'After a merge', wide: true, render: (f) => (f.differs ? <>{f.after}<span className={i.from}>{f.why}</span></> : <span className={i.same}>{f.why}</span>) },
          ]}
        />
      )}
      <Sheet
        label="Records of both accounts"
        rows={m.counts}
        rowKey={(c) => c.kind}
        columns={[
          { key: 'kind', title: 'Records', render: (c) => c.kind },
          { key: 'keep', title: m.keep.name, align: 'right', render: (c) => count(c.keep) },
          { key: 'drop', title: m.drop.name, align: 'right', render: (c) => count(c.drop) },
        ]}
      />
      {act.error && <ErrorNote error={act.error} title="It was not done" />}
      {may && open && both && (
        <div className={i.acts}>
          <TextInput aria-label="Note" placeholder="Why (kept with the decision)" maxLength={1000} value={note} onChange={(e) => setNote(e.currentTarget.value)} style={{ flex: '1 1 200px' }} />
          <Button variant="default" leftSection={<IconArrowsExchange size={14} />} onClick={() => setSwapped(!swapped)}>
            Keep the other
          </Button>
          {m.state === 'proposed' && (
            <Button variant="default" loading={act.isPending} onClick={() => act.mutate(() => rejectMerge(m.id, note))}>
              Two companies
            </Button>
          )}
          <Button loading={act.isPending} onClick={() => act.mutate(() => acceptMerge(m.id, keep.id, note))}>
            Merge into {keep.name}
          </Button>
        </div>
      )}
      {may && m.state === 'done' && (
        <div className={i.acts}>
          <Button variant="default" leftSection={<IconArrowBackUp size={14} />} loading={act.isPending} onClick={() => act.mutate(() => undoMerge(m.id))}>
            Undo
          </Button>
          <span className="muted">Everything goes back that is still where this put it. What came since stays with {m.keep.name}.</span>
        </div>
      )}
    </Panel>
  );
}

function Side({ side, keep, open, split }: { side: MergeSide; keep: boolean; open: boolean; split: boolean }) {
  return (
    <div className={i.side} data-keep={open && keep}>
      <h3>
        {side.exists ? (
          <Anchor component={Link} to={`/accounts/${side.id}`}>
            {side.name}
          </Anchor>
        ) : (
          side.name
        )}
      </h3>
      <span className="muted">{[side.domain, side.sources.length > 0 ? `known to ${side.sources.join(', ')}` : side.exists ? 'known to no system' : ''].filter(Boolean).join(' · ')}</span>
      <span className={i.from}>{open ? (keep ? 'stays' : 'becomes part of the other') : side.exists ? 'exists' : split ? 'is part of the other again' : 'is part of the other'}</span>
    </div>
  );
}

function Said({ value, from, wins }: { value: string; from?: string; wins: boolean }) {
  if (value === '') return <span className={i.same}>nothing</span>;
  return (
    <>
      <span className={wins ? i.wins : undefined}>{value}</span>
      {from && <span className={i.from}>{from}</span>}
    </>
  );
}
