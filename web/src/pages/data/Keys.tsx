import { ActionIcon, Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { tokensQuery, useDropToken, useDropWriteKey, useNewToken, useNewWriteKey, writeKeysQuery } from '../../api/data';
import { day } from '../../format/date';
import { Nothing, When } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote, Rows } from '../../parts/States';
import { dayOf } from '../../url/asof';
import s from './data.module.css';
import { ROLES, roleTitle } from './roles';
import { ShownOnce } from './ShownOnce';

/** API tokens for programs, and write keys for sources that send events. */
export function Keys() {
  return (
    <div style={{ paddingBottom: 24 }}>
      <Tokens />
      <WriteKeys />
    </div>
  );
}

function Tokens() {
  const query = useQuery(tokensQuery);
  const [adding, add] = useDisclosure(false);
  const [dropping, setDropping] = useState<{ id: string; name: string }>();
  const drop = useDropToken();
  return (
    <section>
      <div className={s.bar}>
        <div className={s.section} style={{ flex: 1 }}>
          <h2>
            API tokens <span className={s.sub}>A program acts with one as its role allows: reading accounts, importing files, applying a model.</span>
          </h2>
        </div>
        <Button leftSection={<IconPlus size={14} />} onClick={add.open}>
          New token
        </Button>
      </div>
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      ) : !query.data ? (
        <Rows n={3} />
      ) : query.data.items.length === 0 ? (
        <p className={s.none} style={{ paddingInline: 20 }}>
          No token yet. Make one when a program should read or write here.
        </p>
      ) : (
        <Sheet
          label="API tokens"
          rows={query.data.items}
          rowKey={(t) => t.id}
          columns={[
            { key: 'name', title: 'Name', render: (t) => <b style={{ fontWeight: 500 }}>{t.name}</b> },
            { key: 'role', title: 'Role', width: 130, render: (t) => roleTitle(t.role) },
            { key: 'by', title: 'Made by', wide: true, render: (t) => t.created_by || <Nothing /> },
            { key: 'used', title: 'Last used', align: 'right', width: 120, render: (t) => <When at={t.last_used_at} /> },
            { key: 'expires', title: 'Expires', align: 'right', width: 120, render: (t) => (t.expires_at ? day(t.expires_at) : 'never') },
            { key: 'do', title: <span className="sr-only">Actions</span>, align: 'right', width: 60, render: (t) => <Trash label={`Revoke ${t.name}`} onClick={() => setDropping(t)} /> },
          ]}
        />
      )}
      {adding && <NewSecret kind="token" onClose={add.close} />}
      <Revoke what={dropping} pending={drop.isPending} error={drop.error} onClose={() => setDropping(undefined)} onRevoke={(id) => drop.mutate(id, { onSuccess: () => setDropping(undefined) })} />
    </section>
  );
}

function WriteKeys() {
  const query = useQuery(writeKeysQuery);
  const [adding, add] = useDisclosure(false);
  const [dropping, setDropping] = useState<{ id: string; name: string }>();
  const drop = useDropWriteKey();
  return (
    <section>
      <div className={s.bar}>
        <div className={s.section} style={{ flex: 1 }}>
          <h2>
            Write keys <span className={s.sub}>A source sends events with one, and can do nothing else with it.</span>
          </h2>
        </div>
        <Button leftSection={<IconPlus size={14} />} onClick={add.open}>
          New write key
        </Button>
      </div>
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      ) : !query.data ? (
        <Rows n={3} />
      ) : query.data.items.length === 0 ? (
        <p className={s.none} style={{ paddingInline: 20 }}>
          No write key yet. Make one for each source that sends events.
        </p>
      ) : (
        <Sheet
          label="Write keys"
          rows={query.data.items}
          rowKey={(k) => k.id}
          columns={[
            { key: 'name', title: 'Name', render: (k) => <b style={{ fontWeight: 500 }}>{k.name}</b> },
            { key: 'source', title: 'Source', render: (k) => k.source },
            { key: 'used', title: 'Last used', align: 'right', width: 120, render: (k) => <When at={k.last_used_at} /> },
            { key: 'made', title: 'Made', align: 'right', width: 120, wide: true, render: (k) => day(k.created_at) },
            { key: 'do', title: <span className="sr-only">Actions</span>, align: 'right', width: 60, render: (k) => <Trash label={`Revoke ${k.name}`} onClick={() => setDropping(k)} /> },
          ]}
        />
      )}
      {adding && <NewSecret kind="write key" onClose={add.close} />}
      <Revoke what={dropping} pending={drop.isPending} error={drop.error} onClose={() => setDropping(undefined)} onRevoke={(id) => drop.mutate(id, { onSuccess: () => setDropping(undefined) })} />
    </section>
  );
}

function Trash({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <ActionIcon aria-label={label} onClick={onClick}>
      <IconTrash size={15} />
    </ActionIcon>
  );
}

function Revoke({ what, pending, error, onClose, onRevoke }: { what?: { id: string; name: string }; pending: boolean; error: Error | null; onClose: () => void; onRevoke: (id: string) => void }) {
  return (
    <Modal opened={what !== undefined} onClose={onClose} title={`Revoke ${what?.name}?`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <p style={{ marginTop: 0 }}>Whatever uses it is refused from now on. It cannot be taken back; a new one can be made.</p>
      {error && <ErrorNote error={error} title="It was not revoked" />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button color="red" loading={pending} onClick={() => what && onRevoke(what.id)}>
          Revoke
        </Button>
      </Group>
    </Modal>
  );
}

function NewSecret({ kind, onClose }: { kind: 'token' | 'write key'; onClose: () => void }) {
  const token = useNewToken();
  const key = useNewWriteKey();
  const [name, setName] = useState('');
  const [source, setSource] = useState('');
  const [role, setRole] = useState('viewer');
  const [until, setUntil] = useState<string | null>(null);
  const made = token.data ?? key.data;
  const error = token.error ?? key.error;
  const make = (event: React.FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return;
    if (kind === 'token') token.mutate({ name: name.trim(), role, expires_at: until ? `${until}T00:00:00Z` : undefined });
    else key.mutate({ name: name.trim(), source: source.trim() || undefined });
  };
  return (
    <Modal opened onClose={onClose} title={`New ${kind}`} closeOnClickOutside={!made} closeButtonProps={{ 'aria-label': 'Close' }}>
      {made ? (
        <Stack gap="sm">
          <p style={{ margin: 0 }}>
            <b>Copy it now.</b> It is shown this once: Kept keeps only its hash.
          </p>
          <ShownOnce secret={made.secret} />
          <Group justify="flex-end">
            <Button onClick={onClose}>I have copied it</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={make}>
          <Stack gap="sm">
            <TextInput label="Name" required data-autofocus placeholder={kind === 'token' ? 'nightly import' : 'product, production'} value={name} onChange={(e) => setName(e.currentTarget.value)} />
            {kind === 'token' ? (
              <>
                <Select label="Role" allowDeselect={false} data={ROLES} value={role} onChange={(v) => v && setRole(v)} description={ROLES.find((r) => r.value === role)?.can} />
                <DatePickerInput size="xs" label="Expires" placeholder="Never" clearable minDate={dayOf(Date.now() + 86_400_000)} value={until} onChange={setUntil} />
              </>
            ) : (
              <TextInput label="Source" description="Events sent with it carry this name" placeholder="product" value={source} onChange={(e) => setSource(e.currentTarget.value)} />
            )}
            {error && <ErrorNote error={error} title="None was made" />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={token.isPending || key.isPending}>
                Make
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
