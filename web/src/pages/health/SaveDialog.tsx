import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { usePutScorecard } from '../../api/model';
import { ApiError } from '../../api/client';
import type { Scorecard } from '../../api/shapes';
import { ErrorNote } from '../../parts/States';

/** Saves the draft as a new version of the model, with a note; says so when somebody was faster. */
export function SaveDialog({ draft, base, onClose, onSaved }: { draft: Scorecard; base: number; onClose: () => void; onSaved: (version: number) => void }) {
  const put = usePutScorecard();
  const client = useQueryClient();
  const [note, setNote] = useState('');
  const conflict = put.error instanceof ApiError && put.error.status === 409;
  const save = (event: React.FormEvent) => {
    event.preventDefault();
    put.mutate(
      { scorecard: draft, base_version: base, note: note.trim() },
      {
        onSuccess: (v) => {
          notifications.show({ message: `Saved as version ${v.version}. It can be undone under Versions.` });
          onSaved(v.version);
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title="Save as a new version" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={save}>
        <Stack gap="sm">
          <Textarea label="Note" description="What did you change, and why? It stands in the list of versions." data-autofocus autosize minRows={3} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
          {conflict ? (
            <>
              <ErrorNote error={put.error} title="Somebody saved another version meanwhile" />
              <Button variant="default" onClick={() => void client.invalidateQueries({ queryKey: ['scorecards'] }).then(onClose)}>
                Give up my changes and look at the newest version
              </Button>
            </>
          ) : (
            put.error && <ErrorNote error={put.error} title="It was not saved" />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={put.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
