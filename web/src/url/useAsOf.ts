import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { readAsOf, stepWeeks } from './asof';
import type { Known } from './known';

/** The as-of day of the page (undefined is today) and the ways to move it. */
export function useAsOf() {
  const search = useSearch({ strict: false }) as { as_of?: string; known?: Known };
  const navigate = useNavigate();
  const asOf = readAsOf(search.as_of);
  const setAsOf = useCallback(
    (day: string | undefined) => {
      void navigate({ to: '.', search: (old: object) => ({ ...old, as_of: readAsOf(day), ...(readAsOf(day) ? {} : { known: undefined }) }) } as never);
    },
    [navigate],
  );
  const known = asOf ? search.known : undefined;
  const setKnown = useCallback(
    (next: Known | undefined) => {
      void navigate({ to: '.', search: (old: object) => ({ ...old, known: next }) } as never);
    },
    [navigate],
  );
  const step = useCallback((weeks: number) => setAsOf(stepWeeks(asOf, weeks)), [asOf, setAsOf]);
  return { asOf, setAsOf, step, known, setKnown };
}
