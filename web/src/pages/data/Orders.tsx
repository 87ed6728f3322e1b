import { ActionIcon, Button, TagsInput, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ordersQuery, putOrders, useIdentity } from '../../api/identity';
import type { SourceOrders } from '../../api/shapes';
import { plural } from '../../format/number';
import { Panel } from '../../parts/Page';
import { ErrorNote } from '../../parts/States';
import i from './identity.module.css';
import s from './data.module.css';

/** Which system is believed when several speak of one field. */
export function Orders({ may }: { may: boolean }) {
  const query = useQuery(ordersQuery);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return null;
  return (
    <div className={s.page}>
      <Form key={JSON.stringify(query.data.items)} start={query.data.items} may={may} />
    </div>
  );
}

function Form({ start, may }: { start: SourceOrders['items']; may: boolean }) {
  const [items, setItems] = useState(start);
  const save = useIdentity(() => putOrders({ items }));
  const set = (at: number, change: Partial<SourceOrders['items'][number]>) => setItems(items.map((o, n) => (n === at ? { ...o, ...change } : o)));
  return (
    <Panel title="Who is believed" hint="the first system that says something wins; without an order the newest word does">
      <div className={i.orders}>
        {items.length === 0 && <p className="muted" style={{ margin: 0 }}>No order yet. Add one to let a system win for every field, or for one.</p>}
        {items.map((o, n) => (
          <div key={n} className={i.order}>
            <TextInput label="Field" placeholder="every other field" description={n === 0 ? 'name, domain or an attribute' : undefined} value={o.field} maxLength={200} readOnly={!may} onChange={(e) => set(n, { field: e.currentTarget.value.trim() })} />
            <TagsInput label="Systems, best first" description={n === 0 ? 'as their mappings call them; kept is what people enter here' : undefined} placeholder={o.sources.length === 0 ? 'salesforce, stripe' : undefined} value={o.sources} readOnly={!may} onChange={(sources) => set(n, { sources })} />
            {may && (
              <ActionIcon size="lg" aria-label={`Remove the order of ${o.field || 'every other field'}`} onClick={() => setItems(items.filter((_, k) => k !== n))}>
                <IconTrash size={15} />
              </ActionIcon>
            )}
          </div>
        ))}
        {save.error && <ErrorNote error={save.error} title="It was not saved" />}
        {may && (
          <div style={{ display: 'flex', gap: 8, alignItems: 'center' }}>
            <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => setItems([...items, { field: '', sources: [] }])}>
              Add an order
            </Button>
            <Button loading={save.isPending} disabled={JSON.stringify(items) === JSON.stringify(start)} onClick={() => save.mutate(undefined)}>
              Save
            </Button>
            {save.data && <span role="status">Saved{save.data.changed ? `; ${plural(save.data.changed, 'value')} changed` : ''}.</span>}
          </div>
        )}
      </div>
    </Panel>
  );
}
