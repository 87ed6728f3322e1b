import type { ImportRow } from '../../api/shapes';

export const STATES: Record<ImportRow['state'], string> = { queued: 'waiting', running: 'running', done: 'done', failed: 'failed', cancelled: 'cancelled' };

/** How far an import is, in [0,1]; null while its length is not known. */
export function shareDone(row: Pick<ImportRow, 'progress' | 'state'>): number | null {
  if (row.state === 'done') return 1;
  const { done_bytes, total_bytes } = row.progress;
  return total_bytes > 0 ? Math.min(1, done_bytes / total_bytes) : null;
}

/** Rows over all kinds of objects. */
export function totalsOf(row: Pick<ImportRow, 'report'>): { read: number; written: number } {
  // Events that Kept derives from a ticket or a subscription are in no file.
  const objects = Object.entries(row.report?.objects ?? {}).flatMap(([kind, o]) => (kind === 'derived_events' ? [] : [o]));
  return {
    read: objects.reduce((sum, o) => sum + o.read, 0),
    written: objects.reduce((sum, o) => sum + o.created + o.updated, 0),
  };
}

/** Seconds as a person says them: "40 s", "3 min", "1 h 20 min". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return `${s} s`;
  const min = Math.round(s / 60);
  if (min < 60) return `${min} min`;
  return min % 60 === 0 ? `${Math.floor(min / 60)} h` : `${Math.floor(min / 60)} h ${min % 60} min`;
}

/** Bytes in the unit that a person would use. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ['KB', 'MB', 'GB'];
  let value = n / 1000;
  let i = 0;
  while (value >= 1000 && i < units.length - 1) {
    value /= 1000;
    i++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[i]}`;
}
