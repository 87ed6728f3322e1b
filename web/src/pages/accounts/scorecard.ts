// The grid has the columns of one scorecard, so it shows the accounts of that one:
// others would be rows of holes.
import type { Scorecard } from '../../api/contract';

/** The scorecard with the most accounts. */
export function largest<T extends Pick<Scorecard, 'accounts'>>(cards: T[]): T | undefined {
  return cards.reduce<T | undefined>((best, c) => (best === undefined || c.accounts > best.accounts ? c : best), undefined);
}

/** The condition, on the accounts of a scorecard only. */
export function onCard(filter: string | undefined, card: string | undefined): string | undefined {
  if (!card) return filter;
  const mine = `scorecard == ${JSON.stringify(card)}`;
  return filter ? `(${filter}) && ${mine}` : mine;
}
