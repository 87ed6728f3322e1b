// Small figures in cells: money, change, date, bar, sparkline. Their hints are plain
// titles: a table has hundreds of them on screen, and each has to cost nothing.
import type { Money } from '../api/contract';
import { ago, day, daysLeft, instant } from '../format/date';
import { moneyExact, moneyShort } from '../format/money';
import { NONE, percent, signed } from '../format/number';
import { bandColor } from './band';
import s from './parts.module.css';

/** Money in short form; the exact value on hover. */
export function MoneyText({ value }: { value: Money | null | undefined }) {
  if (!value) return <Nothing />;
  return (
    <span className="num" title={moneyExact(value)}>
      {moneyShort(value)}
    </span>
  );
}

/** A change with its sign and an arrow; green up, red down unless `inverse`. */
export function Delta({ value, digits = 0, inverse, label }: { value: number | null | undefined; digits?: number; inverse?: boolean; label?: string }) {
  if (value == null) return <Nothing />;
  const rounded = Number(value.toFixed(digits));
  const rises = inverse ? rounded < 0 : rounded > 0;
  return (
    <span className={s.delta} data-dir={rounded === 0 ? 'flat' : rises ? 'up' : 'down'} title={label}>
      {rounded === 0 ? '0' : signed(rounded, digits)}
    </span>
  );
}

/** An instant, relative to now or to the day that the page shows; the exact one on hover. */
export function When({ at, exact = 'instant', asOf }: { at: string | null | undefined; exact?: 'instant' | 'day'; asOf?: string }) {
  if (!at) return <Nothing />;
  return (
    <time dateTime={at} title={exact === 'day' ? day(at) : instant(at)}>
      {ago(at, asOf ? Date.parse(asOf) : undefined)}
    </time>
  );
}

/** A renewal: the days left, and the day on hover. */
export function RenewalText({ at, days }: { at: string | null | undefined; days: number | null | undefined }) {
  if (!at) return <Nothing />;
  return (
    <time dateTime={at} className="num" title={`Renews ${day(at)}`} style={days != null && days < 0 ? { color: 'var(--k-down)' } : undefined}>
      {days == null ? day(at) : daysLeft(days)}
    </time>
  );
}

/** No value: a dash that a screen reader can understand. */
export function Nothing({ why = 'no value' }: { why?: string }) {
  return (
    <span className="muted">
      <span aria-hidden="true">{NONE}</span>
      <span className="sr-only">{why}</span>
    </span>
  );
}

/** A share in [0,1] as a bar with its figure. */
export function Bar({ share, color, text }: { share: number | null | undefined; color?: string; text?: string }) {
  if (share == null) return <Nothing />;
  return (
    <span className={s.bar}>
      <span className={s.barTrack} aria-hidden="true">
        <span className={s.barFill} data-color={color} style={{ display: 'block', width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
      </span>
      <span className={s.barText}>{text ?? percent(share)}</span>
    </span>
  );
}

/** Splits a series at its gaps, in chart coordinates; a missing week is a gap, never a 0. */
export function sparkPaths(values: (number | null)[], width: number, height: number, min = 0, max = 100): string[] {
  const paths: string[] = [];
  let path = '';
  values.forEach((value, i) => {
    if (value == null) {
      if (path) paths.push(path);
      path = '';
      return;
    }
    const x = values.length > 1 ? (i / (values.length - 1)) * width : width / 2;
    const y = height - ((Math.min(max, Math.max(min, value)) - min) / (max - min || 1)) * height;
    path += `${path ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  if (path) paths.push(path);
  return paths;
}

// The scale of a sparkline: at least 40 points wide, so that noise stays small and a fall shows.
export function sparkScale(known: number[]): [number, number] {
  const low = Math.min(...known);
  const high = Math.max(...known);
  const room = Math.max(0, 40 - (high - low)) / 2;
  const min = Math.max(0, Math.min(low - room, 60));
  return [min, Math.min(100, Math.max(high + room, min + 40))];
}

/** The last weeks of a score as a line over at least 40 of the 100 points, its end in the band's colour. */
export function Sparkline({ values, color, width = 96, height = 18, label }: { values: (number | null)[] | undefined; color?: string | null; width?: number; height?: number; label?: string }) {
  const known = values?.filter((v): v is number => v != null) ?? [];
  if (!values || known.length === 0) return <Nothing why="no history" />;
  const last = values[values.length - 1];
  const [min, max] = sparkScale(known);
  const words = label ?? `${known.length} weeks, from ${Math.round(known[0]!)} to ${Math.round(known[known.length - 1]!)}`;
  return (
    <svg className={s.spark} width={width} height={height} viewBox={`-1 -1 ${width + 5} ${height + 2}`} role="img" aria-label={words}>
      {sparkPaths(values, width, height, min, max).map((d) => (
        <path key={d} d={d.includes('L') ? d : `${d}h0.01`} className={s.sparkLine} strokeLinecap="round" />
      ))}
      {last != null && <circle className={s.sparkDot} data-color={bandColor(color)} cx={width} cy={height - ((last - min) / (max - min)) * height} r="2.2" />}
    </svg>
  );
}
