import type { ImportReport } from '../../api/shapes';
import { count } from '../../format/number';
import { Sheet } from '../../parts/Sheet';
import s from './data.module.css';

/** What a report counts, by kind of object; none is what to say without any. */
export function ObjectCounts({ objects, none }: { objects: ImportReport['objects']; none: string }) {
  const rows = Object.entries(objects).map(([name, n]) => ({ name, ...n }));
  if (rows.length === 0) return <p className={s.none}>{none}</p>;
  return (
    <Sheet
      label="Objects"
      rows={rows}
      rowKey={(o) => o.name}
      columns={[
        { key: 'name', title: 'Objects', render: (o) => o.name.replaceAll('_', ' ') },
        { key: 'read', title: 'Read', align: 'right', width: 110, render: (o) => count(o.read) },
        { key: 'created', title: 'Created', align: 'right', width: 110, render: (o) => count(o.created) },
        { key: 'updated', title: 'Updated', align: 'right', width: 110, render: (o) => count(o.updated) },
        { key: 'unchanged', title: 'Unchanged', align: 'right', width: 110, wide: true, render: (o) => count(o.unchanged) },
        { key: 'rejected', title: 'Rejected', align: 'right', width: 110, render: (o) => (o.rejected > 0 ? <b style={{ color: 'var(--k-down)' }}>{count(o.rejected)}</b> : '0') },
      ]}
    />
  );
}
