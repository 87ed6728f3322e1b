import type { Portfolio } from '../../api/contract';
import { count, plural } from '../../format/number';

type Bands = Portfolio['bands'];

/** The count of a band at a point of the trend; "none" stands for accounts without a score. */
export function countAt(point: Portfolio['trend'][number] | undefined, key: string): number {
  const value = point?.[key || 'none'];
  return typeof value === 'number' ? value : 0;
}

/** The message of the trend: what happened to the worst band since the first week that has scores. */
export function trendMessage(trend: Portfolio['trend'], bands: Bands): string {
  const scored = bands.filter((b) => b.key !== '' && b.key !== 'none');
  const worst = scored.find((b) => b.color === 'red') ?? scored[0];
  const from = trend.findIndex((p) => scored.some((b) => countAt(p, b.key) > 0));
  if (!worst || from < 0 || trend.length < 2) return 'There is no history of scores yet';
  const weeks = trend.length - 1 - from;
  const before = countAt(trend[from], worst.key);
  const after = countAt(trend[trend.length - 1], worst.key);
  const name = `“${worst.title}”`;
  if (weeks <= 0 || before === after) return `${plural(after, 'account')} in ${name}, as ${plural(weeks, 'week')} ago`;
  return `${name} ${after > before ? 'grew' : 'shrank'} from ${count(before)} to ${plural(after, 'account')} in ${plural(weeks, 'week')}`;
}
