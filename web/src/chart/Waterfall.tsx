import type { Step } from '../explain/steps';
import { decimal, signed } from '../format/number';
import s from './waterfall.module.css';

type Props = { from: number; to: number; steps: Step[]; fromLabel: string; toLabel: string; max?: number };

/**
 * How one score became another: bars that start where the one before ended, on
 * the fixed scale 0–100. It is a list of texts for those who cannot see the bars.
 */
export function Waterfall({ from, to, steps, fromLabel, toLabel, max = 100 }: Props) {
  const x = (value: number) => `${(Math.min(max, Math.max(0, value)) / max) * 100}%`;
  const rows = steps.map((step, i) => {
    const start = steps.slice(0, i).reduce((sum, before) => sum + before.points, from);
    return { step, low: Math.min(start, start + step.points), high: Math.max(start, start + step.points) };
  });
  const width = (low: number, high: number) => `calc(${x(high)} - ${x(low)})`;
  return (
    <div className={s.grid} role="table" aria-label={`What changed between ${fromLabel} and ${toLabel}`}>
      <Line label={fromLabel} text={decimal(from, 1)} kind="total" left="0" width={x(from)} />
      {rows.map(({ step, low, high }) => (
        <Line key={step.key} label={step.label} note={step.note} text={signed(step.points, 1)} kind={step.points >= 0 ? 'up' : 'down'} left={x(low)} width={width(low, high)} />
      ))}
      <Line label={toLabel} text={decimal(to, 1)} kind="total" left="0" width={x(to)} />
    </div>
  );
}

function Line({ label, note, text, kind, left, width }: { label: string; note?: string; text: string; kind: 'up' | 'down' | 'total'; left: string; width: string }) {
  return (
    <div role="row" style={{ display: 'contents' }}>
      <span role="rowheader" className={`${s.label} ${kind === 'total' ? s.total : ''}`} title={note ? `${label}: ${note}` : label}>
        {label}
      </span>
      <span className={s.track} role="presentation">
        <span className={s.bar} data-kind={kind} style={{ left, width }} />
      </span>
      <span role="cell" className={s.value} data-kind={kind}>
        {text}
      </span>
    </div>
  );
}
