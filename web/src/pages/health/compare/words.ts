import type { CompareCell, CompareSide, Comparison } from '../../../api/compare';
import { day } from '../../../format/date';
import { moneyShort } from '../../../format/money';
import { count, plural } from '../../../format/number';

/** "Healthy → At risk: 12 accounts, $1.2M". */
export function cellWords(c: Pick<CompareCell, 'accounts' | 'arr_before' | 'arr_after'>, from: string, to: string, left: boolean): string {
  return `${from} → ${to}: ${plural(c.accounts, 'account')}, ${moneyShort(left ? c.arr_before : c.arr_after)}`;
}

/** The message of the migration: how many went which way, and who stayed. */
export function migrationMessage(data: Pick<Comparison, 'better' | 'worse' | 'cells'>): string {
  const stayed = data.cells.filter((c) => c.direction === 'same').reduce((sum, c) => sum + c.accounts, 0);
  const { better, worse } = data;
  if (better.accounts === 0 && worse.accounts === 0) return stayed === 1 ? 'The account stayed in its band' : `All ${count(stayed)} stayed in their band`;
  return `${count(worse.accounts)} fell, ${count(better.accounts)} rose, ${count(stayed)} stayed in their band`;
}

/** Where the scores of one side come from. */
export function originWords(side: CompareSide, live: boolean): string {
  if (side.origin === 'recorded') return side.recorded_of && side.recorded_of.slice(0, 10) !== side.as_of.slice(0, 10) ? `as recorded on ${day(side.recorded_of)}` : 'as recorded that day';
  return live ? 'as of now' : 'recomputed from what was known then';
}

/** How strongly a cell is tinted, in per cent: by the square root of its share, so that small moves are seen. */
export function heat(value: number, most: number): number {
  if (value <= 0 || most <= 0) return 0;
  return Math.round(6 + 26 * Math.sqrt(value / most));
}
