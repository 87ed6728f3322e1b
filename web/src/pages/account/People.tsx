import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconAlertCircle, IconUserPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { contactsQuery, useNewContact } from '../../api/account';
import type { NewContact } from '../../api/shapes';
import { day } from '../../format/date';
import { Nothing } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { More } from './More';
import s from './records.module.css';
import { byImportance, missingRoles, ROLE_TITLE } from './roles';
import { useAccount } from './useAccount';

/** The people of the account by what they matter, and the roles that nobody holds. */
export function People() {
  const { accountId, asOf, mayEdit } = useAccount();
  const query = useInfiniteQuery(contactsQuery(accountId, asOf));
  const [adding, add] = useDisclosure(false);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Rows n={8} />;
  const rows = byImportance(query.data.pages.flatMap((p) => p.items));
  const missing = missingRoles(rows);
  const button = mayEdit && (
    <Button variant="default" leftSection={<IconUserPlus size={14} />} onClick={add.open}>
      Add a contact
    </Button>
  );
  return (
    <div>
      {rows.length === 0 ? (
        <Empty title="Nobody is known here yet" actions={button}>
          Champion, sponsor and users of this account stand here. Add those you know, or import contacts.
        </Empty>
      ) : (
        <>
          <div className={s.bar}>
            {missing.length > 0 && (
              <span className={s.warn}>
                <IconAlertCircle size={14} aria-hidden="true" /> No {missing.map((m) => m.title.toLowerCase()).join(' and no ')}: {missing.map((m) => m.why).join('; ')}.
              </span>
            )}
            <span className={s.grow} />
            {button}
          </div>
          <Sheet
            label="Contacts"
            rows={rows}
            rowKey={(c) => c.id}
            dim={(c) => Boolean(c.left_at)}
            columns={[
              { key: 'name', title: 'Name', render: (c) => <b style={{ fontWeight: 500 }}>{c.name}</b> },
              { key: 'role', title: 'Role', width: 110, render: (c) => (c.role ? <span className={s.tag} data-role={c.role}>{ROLE_TITLE[c.role] ?? c.role}</span> : <Nothing why="no role" />) },
              { key: 'title', title: 'Title', render: (c) => c.title || <Nothing /> },
              { key: 'email', title: 'E-mail', wide: true, render: (c) => (c.email ? <a href={`mailto:${c.email}`}>{c.email}</a> : <Nothing />) },
              { key: 'since', title: 'Known since', align: 'right', wide: true, width: 130, render: (c) => day(c.since) },
              { key: 'left', title: 'Left', align: 'right', width: 110, render: (c) => (c.left_at ? day(c.left_at) : <Nothing why="still there" />) },
            ]}
          />
          <More shown={rows.length} total={query.data.pages[0]?.total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
        </>
      )}
      {adding && <AddContact account={accountId} onClose={add.close} />}
    </div>
  );
}

function AddContact({ account, onClose }: { account: string; onClose: () => void }) {
  const create = useNewContact(account);
  const form = useForm({
    initialValues: { name: '', email: '', title: '', role: '' },
    validate: { name: (v) => (v.trim() ? null : 'Give a name'), email: (v) => (v && !/^\S+@\S+$/.test(v) ? 'This is not an e-mail address' : null) },
  });
  const save = form.onSubmit((v) =>
    create.mutate(
      { name: v.name.trim(), email: v.email.trim() || undefined, title: v.title.trim() || undefined, role: (v.role || undefined) as NewContact['role'] },
      {
        onSuccess: () => {
          notifications.show({ message: `${v.name.trim()} is added.` });
          onClose();
        },
      },
    ),
  );
  return (
    <Modal opened onClose={onClose} title="Add a contact" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={save} noValidate>
        <Stack gap="sm">
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          <TextInput label="E-mail" {...form.getInputProps('email')} />
          <TextInput label="Title" placeholder="Head of Operations" {...form.getInputProps('title')} />
          <Select label="Role" placeholder="None" clearable data={Object.entries(ROLE_TITLE).map(([value, label]) => ({ value, label }))} value={form.values.role || null} onChange={(v) => form.setFieldValue('role', v ?? '')} />
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
