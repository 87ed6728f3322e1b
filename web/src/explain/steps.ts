import type { HealthChange } from '../api/contract';

export type Step = { key: string; label: string; points: number; note?: string };

/**
 * The parts of a change as steps of a waterfall, the largest first. Small ones
 * are drawn together, so that the steps still add up to the change.
 */
export function changeSteps(change: HealthChange | null | undefined, most = 7): Step[] {
  if (!change) return [];
  const all: Step[] = [
    ...(change.measures ?? []).map((m) => ({ key: m.measure, label: m.title || m.measure, points: m.points, note: m.why })),
    ...(change.adjustments ?? []).map((a) => ({ key: `${a.kind} ${a.key}`, label: a.why || a.key, points: a.points })),
  ]
    .filter((step) => Math.abs(step.points) >= 0.005)
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  if (all.length <= most) return all;
  const rest = all.slice(most - 1);
  return [...all.slice(0, most - 1), { key: 'rest', label: `${rest.length} smaller changes`, points: rest.reduce((sum, step) => sum + step.points, 0) }];
}
