import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { readAsOf, stepWeeks } from './asof';

/** The as-of day of the page (undefined is today) and the ways to move it. */
export function useAsOf() {
  const search = useSearch({ strict: false }) as { as_of?: string };
  const navigate = useNavigate();
  const asOf = readAsOf(search.as_of);
  const setAsOf = useCallback(
    (day: string | undefined) => {
      void navigate({ to: '.', search: (old: object) => ({ ...old, as_of: readAsOf(day) }) } as never);
    },
    [navigate],
  );
  const step = useCallback((weeks: number) => setAsOf(stepWeeks(asOf, weeks)), [asOf, setAsOf]);
  return { asOf, setAsOf, step };
}
