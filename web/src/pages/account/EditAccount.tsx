import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useChangeAccount } from '../../api/account';
import type { AccountDetail } from '../../api/contract';
import { usersQuery } from '../../api/queries';
import { ErrorNote } from '../../parts/States';

/** Name, domain, owner and stage; owner and stage are facts, so their past stays. */
export function EditAccount({ detail, onClose }: { detail: AccountDetail; onClose: () => void }) {
  const users = useQuery(usersQuery).data?.items ?? [];
  const change = useChangeAccount(detail.id);
  const start = { name: detail.name, domain: detail.domain ?? '', owner_id: detail.owner?.id ?? '', stage: detail.stage };
  const form = useForm({ initialValues: start, validate: { name: (v) => (v.trim() ? null : 'An account needs a name') } });
  const save = form.onSubmit((values) => {
    // Only what was changed: an owner that stays is no new fact.
    const body = Object.fromEntries(Object.entries(values).filter(([k, v]) => v !== start[k as keyof typeof start]));
    if (Object.keys(body).length === 0) return onClose();
    change.mutate(body, {
      onSuccess: () => {
        notifications.show({ message: 'The account is changed. Its history keeps what was before.' });
        onClose();
      },
    });
  });
  return (
    <Modal opened onClose={onClose} title="Edit the account" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={save} noValidate>
        <Stack gap="sm">
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          <TextInput label="Domain" placeholder="example.com" {...form.getInputProps('domain')} />
          <Select label="Owner" searchable placeholder="Nobody" data={users.filter((u) => !u.disabled).map((u) => ({ value: u.id, label: u.name }))} {...form.getInputProps('owner_id')} value={form.values.owner_id || null} onChange={(v) => form.setFieldValue('owner_id', v ?? '')} />
          <TextInput label="Stage" description="Where in its life with you: onboarding, adoption, renewal …" {...form.getInputProps('stage')} />
          {change.error && <ErrorNote error={change.error} title="Nothing was changed" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
