import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconArrowBackUp, IconSchool } from '@tabler/icons-react';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAdoptLearned, useApplyModel, versionQuery } from '../../../api/model';
import { sessionQuery } from '../../../api/queries';
import type { LearnedWeights, Scorecard } from '../../../api/shapes';
import { ErrorNote, Rows } from '../../../parts/States';
import { useLooks } from '../bands';
import { ImpactView } from '../ImpactView';
import { usePreview } from '../usePreview';

type Adopted = { version: number; before: number };

/** Puts the learned weights in force, after what that would do; and takes them back. */
export function Adopt({ learned, proposal, horizon }: { learned: LearnedWeights; proposal: Scorecard; horizon?: string }) {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const [asking, ask] = useDisclosure(false);
  const [adopted, setAdopted] = useState<Adopted>();
  if (!session.permissions.includes('write_model') && !session.permissions.includes('*')) return null;
  if (adopted) return <Undo adopted={adopted} onDone={() => setAdopted(undefined)} />;
  return (
    <>
      <Button className="no-print" leftSection={<IconSchool size={15} />} variant="default" onClick={ask.open}>
        Adopt these weights
      </Button>
      {asking && <AdoptDialog learned={learned} proposal={proposal} horizon={horizon} onClose={ask.close} onAdopted={setAdopted} />}
    </>
  );
}

function AdoptDialog({ learned, proposal, horizon, onClose, onAdopted }: { learned: LearnedWeights; proposal: Scorecard; horizon?: string; onClose: () => void; onAdopted: (a: Adopted) => void }) {
  const preview = usePreview(proposal, true);
  const looks = useLooks();
  const adopt = useAdoptLearned();
  const [note, setNote] = useState(`Learned weights, from ${learned.departures} departures`);
  const run = (event: React.FormEvent) => {
    event.preventDefault();
    adopt.mutate(
      { key: learned.scorecard, base_version: learned.model_version, note: note.trim(), horizon },
      {
        onSuccess: (v) => {
          notifications.show({ message: `The learned weights are in force as version ${v.version}.` });
          onAdopted({ version: v.version, before: learned.model_version });
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} size="lg" title="Adopt the learned weights" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={run}>
        <Stack gap="sm">
          {preview.error ? <ErrorNote error={preview.error} title="What it would do could not be computed" /> : preview.data ? <ImpactView impact={preview.data} looks={looks} most={8} /> : <Rows n={6} />}
          {learned.claim && learned.claim.verdict !== 'beats' && <p className="muted" style={{ margin: 0 }}>{learned.claim.sentence} You may adopt them all the same; it can be undone.</p>}
          <Textarea label="Note" description="It stands in the list of versions." autosize value={note} onChange={(e) => setNote(e.currentTarget.value)} data-autofocus />
          {adopt.error && <ErrorNote error={adopt.error} title="Nothing was changed" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={adopt.isPending}>
              Adopt as a new version
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** One click back to the version before. */
function Undo({ adopted, onDone }: { adopted: Adopted; onDone: () => void }) {
  const client = useQueryClient();
  const apply = useApplyModel();
  const undo = async () => {
    const before = await client.fetchQuery(versionQuery(adopted.before));
    apply.mutate(
      { yaml: before.yaml, base_version: adopted.version, note: `Back to version ${adopted.before}: learned weights undone` },
      {
        onSuccess: (v) => {
          notifications.show({ message: `Version ${v.version} says what version ${adopted.before} said.` });
          onDone();
        },
      },
    );
  };
  return (
    <div>
      <Button variant="default" leftSection={<IconArrowBackUp size={15} />} loading={apply.isPending} onClick={() => void undo()}>
        Undo: back to version {adopted.before}
      </Button>
      {apply.error && <ErrorNote error={apply.error} title="Nothing was changed" />}
    </div>
  );
}
