import { Button, Stack, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { ApiError } from '../../api/client';
import { useApplyModel } from '../../api/model';
import { ErrorNote } from '../../parts/States';

/** The last step: a note, and the new version. */
export function ApplyForm({ yaml, base, onApplied }: { yaml: string; base: number; onApplied: (version: number) => void }) {
  const apply = useApplyModel();
  const [note, setNote] = useState('');
  const conflict = apply.error instanceof ApiError && apply.error.status === 409;
  const run = (event: React.FormEvent) => {
    event.preventDefault();
    apply.mutate(
      { yaml, base_version: base, note: note.trim() },
      {
        onSuccess: (v) => {
          notifications.show({ message: `Version ${v.version} is in force.` });
          onApplied(v.version);
        },
      },
    );
  };
  return (
    <form onSubmit={run}>
      <Stack gap="sm">
        <Textarea label="Note" description="What did you change, and why?" autosize minRows={2} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
        {apply.error && <ErrorNote error={apply.error} title={conflict ? 'Somebody applied another version meanwhile: copy your text, reload the page and plan again' : 'Nothing was changed'} />}
        <Button type="submit" loading={apply.isPending}>
          Apply as version {base + 1}
        </Button>
      </Stack>
    </form>
  );
}
