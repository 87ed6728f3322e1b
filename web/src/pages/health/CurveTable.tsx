import { ActionIcon, Button, NumberInput, SegmentedControl } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { ScorecardMeasure } from '../../api/shapes';
import s from './editor.module.css';

type Corner = { x: number; score: number };

/** The corners of a curve as numbers: piecewise linear, or steps. */
export function CurveTable({ measure, unit, onChange }: { measure: ScorecardMeasure; unit?: string; onChange: (change: Partial<ScorecardMeasure>) => void }) {
  const stepped = (measure.steps ?? []).length > 0;
  const corners: Corner[] = stepped ? measure.steps!.map((p) => ({ x: p.from, score: p.score })) : (measure.points ?? []);
  const write = (next: Corner[]) => onChange(stepped ? { steps: next.map((c) => ({ from: c.x, score: c.score })) } : { points: next });
  const set = (i: number, change: Partial<Corner>) => write(corners.map((c, n) => (n === i ? { ...c, ...change } : c)));
  const swap = (kind: string) =>
    kind === 'steps'
      ? onChange({ steps: corners.map((c) => ({ from: c.x, score: c.score })), points: undefined, below: measure.below ?? corners[0]?.score ?? 0 })
      : onChange({ points: corners, steps: undefined, below: undefined });
  const add = () => {
    const last = corners[corners.length - 1];
    const before = corners[corners.length - 2];
    write([...corners, { x: last ? last.x + (before ? last.x - before.x : 1) : 0, score: last?.score ?? 50 }]);
  };
  return (
    <div className={s.corners}>
      <SegmentedControl aria-label="Kind of curve" value={stepped ? 'steps' : 'points'} onChange={swap} data={[{ value: 'points', label: 'Line' }, { value: 'steps', label: 'Steps' }]} />
      <table>
        <thead>
          <tr>
            <th scope="col">{stepped ? 'From' : 'At'}{unit && unit !== 'count' ? ` (${unit})` : ''}</th>
            <th scope="col">Score</th>
            <th scope="col">
              <span className="sr-only">Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {stepped && (
            <tr>
              <td>below</td>
              <td>
                <NumberInput aria-label="Score below the first step" hideControls min={0} max={100} value={measure.below ?? ''} placeholder="none" onChange={(v) => onChange({ below: typeof v === 'number' ? v : undefined })} />
              </td>
              <td />
            </tr>
          )}
          {corners.map((c, i) => (
            <tr key={i}>
              <td>
                <NumberInput aria-label={`Value of corner ${i + 1}`} hideControls decimalScale={4} value={c.x} error={i > 0 && c.x <= corners[i - 1]!.x} onChange={(v) => typeof v === 'number' && set(i, { x: v })} />
              </td>
              <td>
                <NumberInput aria-label={`Score of corner ${i + 1}`} hideControls min={0} max={100} value={c.score} onChange={(v) => typeof v === 'number' && set(i, { score: v })} />
              </td>
              <td>
                <ActionIcon size={22} aria-label={`Remove corner ${i + 1}`} disabled={corners.length === 1} onClick={() => write(corners.filter((_, n) => n !== i))}>
                  <IconX size={13} />
                </ActionIcon>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Button variant="subtle" color="gray" leftSection={<IconPlus size={13} />} onClick={add}>
        Corner
      </Button>
    </div>
  );
}
