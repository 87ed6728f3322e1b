import { Button, Group, Modal, Radio, Stack, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useNewManual } from '../../api/account';
import { ErrorNote } from '../../parts/States';
import { useAccount } from './useAccount';

const LEVELS = [
  { value: '5', label: '5 · They love it', hint: 'an advocate; would miss us at once' },
  { value: '4', label: '4 · Good', hint: 'gets what they came for' },
  { value: '3', label: '3 · Neutral', hint: 'neither won nor lost' },
  { value: '2', label: '2 · Worried', hint: 'complaints, silence, or a new decision maker' },
  { value: '1', label: '1 · Leaving', hint: 'speaks of ending or of a competitor' },
];

/** The CSM's own judgement, with its reason; it feeds the measure "CSM sentiment". */
export function SentimentDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { accountId } = useAccount();
  const create = useNewManual(accountId);
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const [touched, setTouched] = useState(false);
  const save = (event: React.FormEvent) => {
    event.preventDefault();
    setTouched(true);
    if (!value || !reason.trim()) return;
    create.mutate(
      { key: 'csm_sentiment', value: Number(value), reason: reason.trim() },
      {
        onSuccess: () => {
          notifications.show({ message: 'Your judgement counts from now.' });
          setReason('');
          setTouched(false);
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened={opened} onClose={onClose} title="How do you see this account?" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={save} noValidate>
        <Stack gap="sm">
          <Radio.Group aria-label="Sentiment" value={value} onChange={setValue} error={touched && !value ? 'Choose one' : undefined}>
            <Stack gap={8}>
              {LEVELS.map((l) => (
                <Radio key={l.value} value={l.value} label={l.label} description={l.hint} size="xs" />
              ))}
            </Stack>
          </Radio.Group>
          <Textarea label="Why" required autosize minRows={2} value={reason} onChange={(e) => setReason(e.currentTarget.value)} error={touched && !reason.trim() ? 'Say why, in a sentence' : undefined} />
          {create.error && <ErrorNote error={create.error} title="It was not saved" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
