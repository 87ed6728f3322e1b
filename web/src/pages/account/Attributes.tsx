import { ActionIcon, Button, Drawer, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconHistory, IconPencil, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { attributeHistoryQuery, attributesQuery, useNewAttribute } from '../../api/account';
import type { AttributeRow } from '../../api/shapes';
import { day, instant } from '../../format/date';
import { Nothing } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { dayOf } from '../../url/asof';
import { attributeText, editOf, parseAttribute } from './attribute';
import s from './records.module.css';
import { SentimentDialog } from './SentimentDialog';
import { useAccount } from './useAccount';
import { WhoSays } from './WhoSays';

type Editing = { key: string; type: string; value: string; fresh?: boolean };

/** The attributes with where each value comes from, its history and its editing. */
export function Attributes() {
  const { accountId, asOf, mayEdit } = useAccount();
  const { attribute } = useSearch({ from: '/app/accounts/$accountId' });
  const navigate = useNavigate();
  const query = useInfiniteQuery(attributesQuery(accountId, asOf));
  const [editing, setEditing] = useState<Editing>();
  const [judging, judge] = useDisclosure(false);
  const show = (key: string | undefined) => void navigate({ to: '.', search: (old: object) => ({ ...old, attribute: key }) } as never);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Rows n={8} />;
  const rows = query.data.pages.flatMap((p) => p.items);
  const add = mayEdit && (
    <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => setEditing({ key: '', type: 'text', value: '', fresh: true })}>
      Set an attribute
    </Button>
  );
  return (
    <div>
      {rows.length === 0 ? (
        <Empty title="No attribute" actions={add}>
          Industry, country, plan, or whatever you keep about an account. Declare attributes in the model, and import or set their values.
        </Empty>
      ) : (
        <>
          <div className={s.bar}>
            <span className="muted">Every value keeps when it began to hold, where it came from, and what was before.</span>
            <span className={s.grow} />
            {add}
          </div>
          <Sheet
            label="Attributes"
            rows={rows}
            rowKey={(a) => a.key}
            columns={[
              { key: 'title', title: 'Attribute', width: '26%', render: (a) => <span title={a.key}>{a.title || a.key}</span> },
              { key: 'value', title: 'Value', render: (a) => <b style={{ fontWeight: 500 }}>{attributeText(a)}</b> },
              { key: 'since', title: 'Holds since', align: 'right', width: 120, render: (a) => day(a.valid_from) },
              { key: 'source', title: 'From', wide: true, render: (a) => [a.source, a.author].filter(Boolean).join(', ') || <Nothing /> },
              { key: 'reason', title: 'Reason', wide: true, render: (a) => a.reason || <Nothing why="no reason given" /> },
              {
                key: 'do',
                title: <span className="sr-only">Actions</span>,
                align: 'right',
                width: 80,
                render: (a) => (
                  <span className={s.rowActions}>
                    <ActionIcon aria-label={`History of ${a.title || a.key}`} onClick={() => show(a.key)}>
                      <IconHistory size={15} />
                    </ActionIcon>
                    {mayEdit && editOf(a.key) !== 'none' && (
                      <ActionIcon aria-label={`Change ${a.title || a.key}`} onClick={() => editOf(a.key) === 'sentiment' ? judge.open() : setEditing({ key: a.key, type: a.type, value: a.value == null ? '' : String(a.value) })}>
                        <IconPencil size={15} />
                      </ActionIcon>
                    )}
                  </span>
                ),
              },
            ]}
          />
        </>
      )}
      <WhoSays account={accountId} />
      <Drawer opened={attribute !== undefined} onClose={() => show(undefined)} title={`History of ${rows.find((a) => a.key === attribute)?.title ?? attribute}`} size={460} closeButtonProps={{ 'aria-label': 'Close' }}>
        {attribute && <AttributeHistory account={accountId} name={attribute} />}
      </Drawer>
      <SentimentDialog opened={judging} onClose={judge.close} />
      {editing && <EditAttribute account={accountId} start={editing} onClose={() => setEditing(undefined)} />}
    </div>
  );
}

function AttributeHistory({ account, name }: { account: string; name: string }) {
  const query = useQuery(attributeHistoryQuery(account, name));
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={6} />;
  const items: AttributeRow[] = [...query.data.items].sort((a, b) => b.valid_from.localeCompare(a.valid_from) || b.known_at.localeCompare(a.known_at));
  return (
    <ol className={s.history}>
      {items.map((a, i) => (
        <li key={a.valid_from + a.known_at + i}>
          <b>{attributeText(a)}</b>
          <span>
            from {day(a.valid_from)} {a.valid_to ? `to ${day(a.valid_to)}` : i === 0 ? 'until now' : ''}
          </span>
          <span className="muted">
            {[a.source, a.author].filter(Boolean).join(', ')} · known since {instant(a.known_at)}
          </span>
          {a.reason && <span>“{a.reason}”</span>}
        </li>
      ))}
    </ol>
  );
}

function EditAttribute({ account, start, onClose }: { account: string; start: Editing; onClose: () => void }) {
  const create = useNewAttribute(account);
  const [key, setKey] = useState(start.key);
  const [value, setValue] = useState(start.value);
  const [from, setFrom] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const [bad, setBad] = useState<string>();
  const save = (event: React.FormEvent) => {
    event.preventDefault();
    const parsed = parseAttribute(value, start.type);
    setBad(parsed.error);
    if (parsed.error || !key.trim()) return;
    create.mutate(
      { key: key.trim(), value: parsed.value, valid_from: from ? `${from}T00:00:00Z` : undefined, reason: reason.trim() || undefined },
      {
        onSuccess: () => {
          notifications.show({ message: 'The new value holds; the old one stays in its history.' });
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title={start.fresh ? 'Set an attribute' : `Change ${start.key}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={save} noValidate>
        <Stack gap="sm">
          {start.fresh && <TextInput label="Key" required data-autofocus value={key} onChange={(e) => setKey(e.currentTarget.value)} description="As the model declares it, for example industry" />}
          <TextInput label="Value" required data-autofocus={!start.fresh} value={value} onChange={(e) => setValue(e.currentTarget.value)} error={bad} />
          <DatePickerInput size="xs" label="Holds since" placeholder="Now" clearable maxDate={dayOf(Date.now())} value={from} onChange={setFrom} />
          <Textarea label="Reason" autosize minRows={2} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
          {create.error && <ErrorNote error={create.error} title="Nothing was changed" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
