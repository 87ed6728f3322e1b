import { ActionIcon, Anchor, Button, Checkbox, Group, Menu, Modal, Stack, TextInput } from '@mantine/core';
import { IconDots, IconPlus, IconWebhook } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { createWebhook, deleteWebhook, replaceWebhook, rotateWebhook, testWebhook, useWebhooks, webhookKindsQuery, webhooksQuery } from '../../api/webhooks';
import type { Webhook } from '../../api/shapes';
import { count } from '../../format/number';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { Deliveries } from './Deliveries';
import { ShownOnce } from './ShownOnce';
import s from './data.module.css';

/** Addresses that Kept tells of what happens, and the log of what it sent them. */
export function Webhooks() {
  const query = useQuery(webhooksQuery);
  const [editing, setEditing] = useState<Webhook | 'new'>();
  const [secret, setSecret] = useState<string>();
  const [open, setOpen] = useState<string>();
  const [dropping, setDropping] = useState<Webhook>();
  const act = useWebhooks((run: () => Promise<unknown>) => run());
  const rotate = useWebhooks((id: string) => rotateWebhook(id));
  const drop = useWebhooks((id: string) => deleteWebhook(id));
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={5} />;
  const add = (
    <Button leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>
      New webhook
    </Button>
  );
  const body = (w: Webhook, paused: boolean) => ({ name: w.name, url: w.url, kinds: w.kinds, paused });
  const chosen = query.data.items.find((w) => w.id === open);
  return (
    <div style={{ paddingBottom: 24 }}>
      {query.data.items.length === 0 ? (
        <Empty icon={IconWebhook} title="Nobody is told yet" actions={add}>
          A webhook tells another system when an account changes band, leaves, or an import ends: signed, repeated until it arrives, and logged.
        </Empty>
      ) : (
        <>
          <div className={s.bar}>
            <span className="muted">Each request is signed; a receiver that does not answer is tried again for about a day.</span>
            <span className={s.grow} />
            {add}
          </div>
          {(act.error ?? rotate.error) && <ErrorNote error={act.error ?? rotate.error} title="It was not done" />}
          <Sheet
            label="Webhooks"
            rows={query.data.items}
            rowKey={(w) => w.id}
            columns={[
              {
                key: 'name',
                title: 'Receiver',
                render: (w) => (
                  <>
                    <Anchor component="button" type="button" aria-expanded={open === w.id} onClick={() => setOpen(open === w.id ? undefined : w.id)}>
                      {w.name}
                    </Anchor>
                    <span className={s.sub} style={{ overflowWrap: 'anywhere' }}>{w.url}</span>
                  </>
                ),
              },
              { key: 'kinds', title: 'Is told of', wide: true, render: (w) => w.kinds.join(', ') },
              { key: 'state', title: 'State', width: 120, render: (w) => <span className={s.state} data-state={w.paused ? 'empty' : w.dead > 0 ? 'failed' : w.waiting > 0 ? 'running' : 'ok'}>{w.paused ? 'paused' : w.dead > 0 ? `${count(w.dead)} failed` : w.waiting > 0 ? 'sending' : 'fine'}</span> },
              { key: 'sent', title: 'Sent', align: 'right', width: 80, render: (w) => count(w.deliveries) },
              {
                key: 'do',
                title: <span className="sr-only">Actions</span>,
                align: 'right',
                width: 60,
                render: (w) => (
                  <Menu position="bottom-end">
                    <Menu.Target>
                      <ActionIcon aria-label={`Actions on ${w.name}`}>
                        <IconDots size={15} />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item onClick={() => { setOpen(w.id); act.mutate(() => testWebhook(w.id)); }}>Send a test</Menu.Item>
                      <Menu.Item onClick={() => setEditing(w)}>Edit</Menu.Item>
                      <Menu.Item onClick={() => act.mutate(() => replaceWebhook(w.id, body(w, !w.paused)))}>{w.paused ? 'Resume' : 'Pause'}</Menu.Item>
                      <Menu.Item onClick={() => rotate.mutate(w.id, { onSuccess: (made) => setSecret(made.secret) })}>New secret</Menu.Item>
                      <Menu.Item color="red" onClick={() => setDropping(w)}>Delete</Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                ),
              },
            ]}
          />
        </>
      )}
      {chosen && <Deliveries webhook={chosen} />}
      {editing && <Edit stored={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} onSecret={setSecret} />}
      <Modal opened={secret !== undefined} onClose={() => setSecret(undefined)} title="Signing secret" closeOnClickOutside={false} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack gap="sm">
          <p style={{ margin: 0 }}>
            <b>Copy it now.</b> It is shown this once. The receiver checks the header <code>Kept-Signature</code> with it.
          </p>
          <ShownOnce secret={secret ?? ''} />
          <Group justify="flex-end">
            <Button onClick={() => setSecret(undefined)}>I have copied it</Button>
          </Group>
        </Stack>
      </Modal>
      <Modal opened={dropping !== undefined} onClose={() => setDropping(undefined)} title={`Delete ${dropping?.name}?`} closeButtonProps={{ 'aria-label': 'Close' }}>
        <p style={{ marginTop: 0 }}>It is told of nothing more, and its log is forgotten.</p>
        {drop.error && <ErrorNote error={drop.error} title="It was not deleted" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setDropping(undefined)}>
            Cancel
          </Button>
          <Button color="red" loading={drop.isPending} onClick={() => dropping && drop.mutate(dropping.id, { onSuccess: () => setDropping(undefined) })}>
            Delete
          </Button>
        </Group>
      </Modal>
    </div>
  );
}

function Edit({ stored, onClose, onSecret }: { stored?: Webhook; onClose: () => void; onSecret: (secret: string) => void }) {
  const known = useQuery(webhookKindsQuery);
  const [name, setName] = useState(stored?.name ?? '');
  const [url, setUrl] = useState(stored?.url ?? '');
  const [kinds, setKinds] = useState<string[]>(stored?.kinds ?? ['account.band_changed']);
  const save = useWebhooks(async () => {
    const body = { name: name.trim(), url: url.trim(), kinds, paused: stored?.paused };
    if (stored) await replaceWebhook(stored.id, body);
    else onSecret((await createWebhook(body)).secret);
  });
  return (
    <Modal opened onClose={onClose} title={stored ? `Edit ${stored.name}` : 'New webhook'} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate(undefined, { onSuccess: onClose });
        }}
      >
        <Stack gap="sm">
          <TextInput label="Receiver" required data-autofocus maxLength={80} placeholder="chat of the CS team" value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <TextInput label="Address" required type="url" placeholder="https://example.com/hooks/kept" value={url} onChange={(e) => setUrl(e.currentTarget.value)} />
          <Checkbox.Group label="Is told when" value={kinds} onChange={setKinds}>
            <Stack gap={6} mt={6}>
              {known.data?.items.map((k) => <Checkbox key={k.kind} value={k.kind} label={k.when} />)}
            </Stack>
          </Checkbox.Group>
          {save.error && <ErrorNote error={save.error} title="It was not saved" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={kinds.length === 0}>
              {stored ? 'Save' : 'Create'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
