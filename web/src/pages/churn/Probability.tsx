import type { Estimate } from '../../api/shapes';
import { Nothing } from '../../parts/Figures';
import s from './churn.module.css';
import { chance, evidenceOf } from './words';

/** A probability with its interval; the reason, where there is none. */
export function Probability({ value, why }: { value: Estimate; why?: string }) {
  if (value.value == null) return <Nothing why={why ?? value.why ?? 'no probability'} />;
  return (
    <span className={s.probability}>
      {chance(value.value)}
      {value.low != null && value.high != null && (
        <span className={s.range}>
          {' '}
          {chance(value.low)} to {chance(value.high)}
        </span>
      )}
    </span>
  );
}

/** What kind of evidence stands behind it; the n on hover. */
export function Evidence({ value }: { value: Estimate }) {
  const badge = evidenceOf(value);
  if (!badge) return null;
  return (
    <span className={s.badge} data-evidence={value.evidence} title={badge.title}>
      {badge.word}
      <span className="sr-only">: {badge.title}</span>
    </span>
  );
}
