import { Button, Group, Modal, NumberInput, SegmentedControl, Select, Stack, Textarea } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNewOverride } from '../../api/account';
import { healthQuery } from '../../api/queries';
import { decimal } from '../../format/number';
import { ErrorNote } from '../../parts/States';
import { dayOf } from '../../url/asof';
import { useAccount } from './useAccount';

const DAY = 86_400_000;

/** Replaces the computed band or score until a day, with a reason that everybody sees. */
export function OverrideDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Override the health" closeButtonProps={{ 'aria-label': 'Close' }}>
      {opened && <OverrideForm onClose={onClose} />}
    </Modal>
  );
}

function OverrideForm({ onClose }: { onClose: () => void }) {
  const { accountId } = useAccount();
  const health = useQuery(healthQuery(accountId)).data;
  const create = useNewOverride(accountId);
  const [what, setWhat] = useState<'band' | 'score'>('band');
  const [band, setBand] = useState<string | null>(null);
  const [score, setScore] = useState<number | string>('');
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState<string | null>(dayOf(Date.now() + 30 * DAY));
  const [touched, setTouched] = useState(false);
  const bandError = touched && what === 'band' && !band ? 'Choose a band' : undefined;
  const scoreError = touched && what === 'score' && typeof score !== 'number' ? 'Give a score from 0 to 100' : undefined;
  const reasonError = touched && !reason.trim() ? 'Say why: everybody who sees the score will read it' : undefined;
  const untilError = touched && !until ? 'Choose the day on which the computed score returns' : undefined;

  const save = (event: React.FormEvent) => {
    event.preventDefault();
    setTouched(true);
    if (!reason.trim() || !until || (what === 'band' ? !band : typeof score !== 'number')) return;
    create.mutate(
      { ...(what === 'band' ? { band: band! } : { score: score as number }), reason: reason.trim(), expires_at: `${until}T00:00:00Z` },
      {
        onSuccess: () => {
          notifications.show({ message: 'The health is overridden. The computed score stays beside it.' });
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={save} noValidate>
      <Stack gap="sm">
        <p className="muted" style={{ margin: 0 }}>
          The computed score{health?.result.computed_score != null && <> ({decimal(health.result.computed_score, 1)})</>} is kept and shown beside yours; it returns on the day you choose.
        </p>
        <SegmentedControl fullWidth aria-label="What to override" value={what} onChange={(v) => setWhat(v as 'band' | 'score')} data={[{ value: 'band', label: 'The band' }, { value: 'score', label: 'The score' }]} />
        {what === 'band' ? (
          <Select label="Band" required data={(health?.scorecard.bands ?? []).map((b) => ({ value: b.key, label: b.title }))} value={band} onChange={setBand} error={bandError} placeholder="Choose" />
        ) : (
          <NumberInput label="Score" required min={0} max={100} value={score} onChange={setScore} error={scoreError} placeholder="0 to 100; 100 is healthy" />
        )}
        <Textarea label="Reason" required autosize minRows={2} value={reason} onChange={(e) => setReason(e.currentTarget.value)} error={reasonError} placeholder="What do you know that the data do not?" />
        <DatePickerInput size="xs" label="Until" required minDate={dayOf(Date.now() + DAY)} maxDate={dayOf(Date.now() + 366 * DAY)} value={until} onChange={setUntil} error={untilError} />
        {create.error && <ErrorNote error={create.error} title="Nothing was overridden" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Override
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
