import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Band, Scorecard } from '../../api/contract';
import { scorecardsQuery } from '../../api/queries';
import { bandLetter } from '../../parts/band';

/** The bands of all scorecards by key, worst first; the first scorecard that names one gives its title. */
export function bandsOf(scorecards: Pick<Scorecard, 'bands'>[]): Band[] {
  const found = new Map<string, Band & { min: number }>();
  for (const card of scorecards) {
    for (const b of card.bands) {
      const title = b.title || b.key;
      if (!found.has(b.key)) found.set(b.key, { key: b.key, title, color: b.color ?? b.key, letter: bandLetter({ key: b.key, title }), min: b.min });
    }
  }
  return [...found.values()].sort((a, b) => a.min - b.min).map(({ key, title, color, letter }) => ({ key, title, color, letter }));
}

export function useBands(): Band[] {
  const cards = useQuery(scorecardsQuery()).data?.items;
  return useMemo(() => bandsOf(cards ?? []), [cards]);
}
