import type { Step } from '../explain/steps';
import { fixed, signed } from '../format/number';
import s from './waterfall.module.css';

type Props = { from: number; to: number; steps: Step[]; fromLabel: string; toLabel: string; digits?: number };

/** The range that a waterfall needs: every level it passes, and some air. */
export function waterfallRange(from: number, steps: Step[]): [number, number] {
  let level = from;
  let [low, high] = [from, from];
  for (const step of steps) {
    level += step.points;
    low = Math.min(low, level);
    high = Math.max(high, level);
  }
  const air = Math.max(1, (high - low) * 0.08);
  return [low - air, high + air];
}

/**
 * How one score became another: bars that start where the one before ended. The
 * two ends are marks, not bars, since the scale does not begin at zero. For those
 * who cannot see it, it is a table.
 */
export function Waterfall({ from, to, steps, fromLabel, toLabel, digits = 1 }: Props) {
  const [low, high] = waterfallRange(from, steps);
  const x = (value: number) => ((value - low) / (high - low)) * 100;
  let level = from;
  const rows = steps.map((step) => {
    const start = level;
    level += step.points;
    return { step, left: x(Math.min(start, level)), width: x(Math.max(start, level)) - x(Math.min(start, level)) };
  });
  return (
    <div className={s.grid} role="table" aria-label={`What changed between ${fromLabel} and ${toLabel}`}>
      <Line label={fromLabel} text={fixed(from, digits)} kind="total" left={x(from)} />
      {rows.map(({ step, left, width }) => (
        <Line key={step.key} label={step.label} note={step.note} text={signed(step.points, digits)} kind={step.points >= 0 ? 'up' : 'down'} left={left} width={width} />
      ))}
      <Line label={toLabel} text={fixed(to, digits)} kind="total" left={x(to)} />
    </div>
  );
}

type LineProps = { label: string; note?: string; text: string; kind: 'up' | 'down' | 'total'; left: number; width?: number };

function Line({ label, note, text, kind, left, width }: LineProps) {
  return (
    <div role="row" style={{ display: 'contents' }}>
      <span role="rowheader" className={`${s.label} ${kind === 'total' ? s.total : ''}`} title={note ? `${label}: ${note}` : label}>
        {label}
      </span>
      <span className={s.track} role="presentation">
        <span className={s.bar} data-kind={kind} style={{ left: `${left}%`, width: width === undefined ? undefined : `${width}%` }} />
      </span>
      <span role="cell" className={s.value} data-kind={kind}>
        {text}
      </span>
    </div>
  );
}
