import type { ReactNode } from 'react';
import { useExplain, type ExplainTarget } from '../url/useExplain';
import s from './explain.module.css';

/** A number that opens its explanation. */
export function ExplainButton({ target, label, children }: { target: ExplainTarget; label: string; children: ReactNode }) {
  const { explain } = useExplain();
  return (
    <button type="button" className={s.button} aria-label={label} aria-haspopup="dialog" onClick={() => explain(target)}>
      {children}
    </button>
  );
}
