import { Button } from '@mantine/core';
import { count } from '../../format/number';
import s from './records.module.css';

/** How much of a list is shown, and the way to the rest. */
export function More({ shown, total, next, loading, more }: { shown: number; total: number | undefined; next: boolean; loading: boolean; more: () => void }) {
  if (total === undefined || (!next && total <= 20)) return null;
  return (
    <div className={s.more}>
      <span className="muted">
        {count(shown)} of {count(total)}
      </span>
      {next && (
        <Button variant="default" loading={loading} onClick={more}>
          Show more
        </Button>
      )}
    </div>
  );
}
