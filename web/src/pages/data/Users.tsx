import { Button, Group, Modal, PasswordInput, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconPencil, IconUserPlus } from '@tabler/icons-react';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useChangeUser, useNewUser, useSetPassword } from '../../api/data';
import type { User } from '../../api/contract';
import { sessionQuery, usersQuery } from '../../api/queries';
import { plural } from '../../format/number';
import { Nothing, When } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote, Rows } from '../../parts/States';
import s from './data.module.css';
import { ROLES, roleTitle } from './roles';

/** Who may sign in, and what they may do. */
export function Users() {
  const query = useQuery(usersQuery);
  const { data: session } = useSuspenseQuery(sessionQuery);
  const [adding, add] = useDisclosure(false);
  const [editing, setEditing] = useState<User>();
  const may = session.permissions.includes('manage_users');
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={8} />;
  return (
    <>
      <div className={s.bar}>
        <span className="muted">{plural(query.data.items.length, 'user')}</span>
        <span className={s.grow} />
        {may && (
          <Button leftSection={<IconUserPlus size={14} />} onClick={add.open}>
            Add a user
          </Button>
        )}
      </div>
      <Sheet
        label="Users"
        rows={query.data.items}
        rowKey={(u) => u.id}
        dim={(u) => u.disabled}
        columns={[
          {
            key: 'name',
            title: 'Name',
            render: (u) => (
              <>
                <b style={{ fontWeight: 500 }}>{u.name}</b> {u.id === session.user.id && <span className="muted">you</span>}
                <span className={s.sub}>{u.email}</span>
              </>
            ),
          },
          { key: 'role', title: 'Role', width: 150, render: (u) => roleTitle(u.role) },
          { key: 'department', title: 'Department', wide: true, render: (u) => u.department || <Nothing /> },
          { key: 'seen', title: 'Last seen', align: 'right', width: 130, wide: true, render: (u) => <When at={u.last_seen_at} /> },
          { key: 'state', title: 'State', width: 110, render: (u) => (u.disabled ? 'disabled' : 'active') },
          {
            key: 'do',
            title: <span className="sr-only">Actions</span>,
            align: 'right',
            width: 90,
            render: (u) =>
              may && (
                <Button variant="subtle" color="gray" size="compact-xs" leftSection={<IconPencil size={13} />} aria-label={`Change ${u.name}`} onClick={() => setEditing(u)}>
                  Change
                </Button>
              ),
          },
        ]}
      />
      {adding && <AddUser onClose={add.close} />}
      {editing && <EditUser user={editing} me={editing.id === session.user.id} onClose={() => setEditing(undefined)} />}
    </>
  );
}

function AddUser({ onClose }: { onClose: () => void }) {
  const create = useNewUser();
  const form = useForm({
    initialValues: { name: '', email: '', role: 'csm', department: '', password: '' },
    validate: {
      name: (v) => (v.trim() ? null : 'Give a name'),
      email: (v) => (/^\S+@\S+$/.test(v) ? null : 'Give an e-mail address: they sign in with it'),
      password: (v) => (v.length >= 12 ? null : 'At least 12 characters; they can change it later'),
    },
  });
  const save = form.onSubmit((v) =>
    create.mutate(
      { ...v, department: v.department || undefined },
      {
        onSuccess: () => {
          notifications.show({ message: `${v.name} can sign in.` });
          onClose();
        },
      },
    ),
  );
  return (
    <Modal opened onClose={onClose} title="Add a user" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={save} noValidate>
        <Stack gap="sm">
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          <TextInput label="E-mail" required {...form.getInputProps('email')} />
          <Select label="Role" allowDeselect={false} data={ROLES} {...form.getInputProps('role')} description={ROLES.find((r) => r.value === form.values.role)?.can} />
          <TextInput label="Department" {...form.getInputProps('department')} />
          <PasswordInput label="First password" required {...form.getInputProps('password')} />
          {create.error && <ErrorNote error={create.error} title="Nobody was added" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function EditUser({ user, me, onClose }: { user: User; me: boolean; onClose: () => void }) {
  const change = useChangeUser();
  const secret = useSetPassword();
  const form = useForm({ initialValues: { name: user.name, role: user.role as string, department: user.department ?? '', disabled: user.disabled, password: '' }, validate: { password: (v) => (v === '' || v.length >= 12 ? null : 'At least 12 characters') } });
  const save = form.onSubmit(async ({ password, ...values }) => {
    try {
      await change.mutateAsync({ id: user.id, ...values });
      if (password) await secret.mutateAsync({ id: user.id, password });
      notifications.show({ message: `${values.name} is changed.` });
      onClose();
    } catch {
      // The form shows the error of the mutation.
    }
  });
  return (
    <Modal opened onClose={onClose} title={`Change ${user.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={(e) => void save(e)} noValidate>
        <Stack gap="sm">
          <TextInput label="Name" data-autofocus {...form.getInputProps('name')} />
          <Select label="Role" allowDeselect={false} disabled={me} data={ROLES} {...form.getInputProps('role')} description={me ? 'Your own role is changed by another admin' : ROLES.find((r) => r.value === form.values.role)?.can} />
          <TextInput label="Department" {...form.getInputProps('department')} />
          {!me && <PasswordInput label="New password" placeholder="leave it as it is" {...form.getInputProps('password')} />}
          {!me && <Switch size="xs" label="Disabled: may not sign in; what they did stays" {...form.getInputProps('disabled', { type: 'checkbox' })} />}
          {(change.error ?? secret.error) && <ErrorNote error={change.error ?? secret.error} title="Not everything was changed" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending || secret.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
