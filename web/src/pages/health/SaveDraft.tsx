import { Button, Group, Modal, Stack, TextInput, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useNewDraft, type NewDraft } from '../../api/model';
import { ErrorNote } from '../../parts/States';

/** Keeps a text or a scorecard as a draft, which is not in force. */
export function SaveDraft({ what, onClose, onSaved }: { what: Pick<NewDraft, 'yaml' | 'scorecard' | 'base_version'>; onClose: () => void; onSaved?: () => void }) {
  const create = useNewDraft();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const save = (event: React.FormEvent) => {
    event.preventDefault();
    create.mutate(
      { ...what, name: name.trim(), note: note.trim() || undefined },
      {
        onSuccess: (d) => {
          notifications.show({ message: `The draft “${d.name}” is kept. It is not in force.` });
          onSaved?.();
          onClose();
          void navigate({ to: '/health/drafts', search: { draft: d.id } });
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title="Keep as a draft" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={save}>
        <Stack gap="sm">
          <p style={{ margin: 0 }}>A draft changes no score. Others can read it, see what it would do, and put it in force later.</p>
          <TextInput label="Name" required maxLength={100} data-autofocus value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <Textarea label="Note" description="What is it for?" autosize minRows={2} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
          {create.error && <ErrorNote error={create.error} title="It was not kept" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
              Keep the draft
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
