import { useQuery } from '@tanstack/react-query';
import { scorecardsQuery } from '../../api/model';
import type { Scorecard, ScorecardBand } from '../../api/shapes';

export type Look = { key: string; title: string; color: string; letter: string };

export const NO_SCORE: Look = { key: '', title: 'No score', color: 'grey', letter: '?' };

export function lookOf(b: ScorecardBand): Look {
  const title = b.title || b.key;
  return { key: b.key, title, color: b.color || 'grey', letter: title.slice(0, 1).toUpperCase() };
}

/** The bands of some scorecards, each key once, worst first. */
export function looksOf(cards: Pick<Scorecard, 'bands'>[]): Look[] {
  const found = new Map<string, ScorecardBand>();
  for (const card of cards) for (const b of card.bands) if (!found.has(b.key)) found.set(b.key, b);
  return [...found.values()].sort((a, b) => a.min - b.min).map(lookOf);
}

/** The look of a band by its key; "" and "none" are no score. */
export function lookByKey(looks: Look[], key: string): Look {
  if (!key || key === 'none') return NO_SCORE;
  return looks.find((l) => l.key === key) ?? { key, title: key, color: 'grey', letter: key.slice(0, 1).toUpperCase() };
}

/** The bands of all scorecards of the model. */
export function useLooks(): Look[] {
  return looksOf(useQuery(scorecardsQuery()).data?.items ?? []);
}
