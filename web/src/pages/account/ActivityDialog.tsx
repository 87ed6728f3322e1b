import { Button, Group, Modal, SegmentedControl, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQuery, useInfiniteQuery } from '@tanstack/react-query';
import { contactsQuery } from '../../api/account';
import type { NewActivity } from '../../api/shapes';
import { accountQuery } from '../../api/queries';
import { ErrorNote } from '../../parts/States';
import { useAddActivity } from './useAddActivity';
import { useAccount } from './useAccount';

export const KINDS: { value: NewActivity['kind']; label: string }[] = [
  { value: 'note', label: 'Note' },
  { value: 'call', label: 'Call' },
  { value: 'meeting', label: 'Meeting' },
  { value: 'email', label: 'E-mail' },
];

const empty = { kind: 'note' as NewActivity['kind'], subject: '', body: '', at: null as string | null, contact_id: '', product_id: '' };

/** Adds a note, call, meeting or e-mail; it stands on the time line at once. */
export function ActivityDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { accountId, asOf } = useAccount();
  const contacts = useInfiniteQuery({ ...contactsQuery(accountId, asOf), enabled: opened }).data?.pages.flatMap((p) => p.items) ?? [];
  const products = useQuery(accountQuery(accountId, asOf)).data?.relationships.map((r) => r.product) ?? [];
  const add = useAddActivity(accountId);
  const form = useForm({ initialValues: empty, validate: { subject: (v) => (v.trim() ? null : 'Say in a few words what it was about') } });
  const save = form.onSubmit((v) => {
    const at = v.at ? new Date(v.at).toISOString() : undefined;
    add.mutate(
      { kind: v.kind, subject: v.subject.trim(), body: v.body.trim() || undefined, at, contact_id: v.contact_id || undefined, product_id: v.product_id || undefined },
      {
        onSuccess: () => {
          notifications.show({ message: 'It stands on the time line.' });
          form.reset();
          onClose();
        },
      },
    );
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Add to the time line" size={520} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={save} noValidate>
        <Stack gap="sm">
          <SegmentedControl data={KINDS} fullWidth aria-label="Kind" {...form.getInputProps('kind')} />
          <TextInput label="Subject" required data-autofocus placeholder="What was it about?" {...form.getInputProps('subject')} />
          <Textarea label="What was said" autosize minRows={4} maxRows={12} {...form.getInputProps('body')} />
          <Group grow align="flex-start">
            <DateTimePicker size="xs" label="When" placeholder="Now" clearable maxDate={new Date()} {...form.getInputProps('at')} />
            <Select label="With" placeholder="Nobody in particular" clearable searchable data={contacts.map((c) => ({ value: c.id, label: c.name }))} {...form.getInputProps('contact_id')} value={form.values.contact_id || null} onChange={(v) => form.setFieldValue('contact_id', v ?? '')} />
          </Group>
          {products.length > 0 && <Select label="About" placeholder="The whole account" clearable data={products.map((p) => ({ value: p.id, label: p.name }))} value={form.values.product_id || null} onChange={(v) => form.setFieldValue('product_id', v ?? '')} />}
          {add.error && <ErrorNote error={add.error} title="It was not saved; your text is still here" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
