import { useDebouncedCallback } from '@mantine/hooks';
import { useQueries } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { Grid, GridRow } from '../../api/contract';
import { GRID_ROWS, gridWindowQuery } from '../../api/queries';

export type PageRange = { from: number; to: number };

/** The pages that hold the rows from first to last, with a page's worth of rows ahead and half of one behind. */
export function pagesFor(first: number, last: number, size = GRID_ROWS): PageRange {
  return { from: Math.floor(Math.max(0, first - size / 2) / size), to: Math.floor((last + size) / size) };
}

/** The pages of a range that a list of so many rows has; never none, since the first one says how many there are. */
export function listPages(range: PageRange, total: number, size = GRID_ROWS): number[] {
  const end = Math.max(0, Math.ceil(total / size) - 1);
  const from = Math.min(range.from, end);
  return Array.from({ length: Math.min(range.to, end) - from + 1 }, (_, i) => from + i);
}

const TOP: PageRange = { from: 0, to: 0 };

/** Rows of the grid at any place of the list, asked for when they come into sight. */
export function useGridWindow(query: Parameters<typeof gridWindowQuery>[0], enabled: boolean) {
  const resetKey = JSON.stringify(query);
  const [seen, setSeen] = useState<Grid>();
  const [at, setAt] = useState({ range: TOP, of: resetKey });
  const range = at.of === resetKey ? at.range : TOP;
  const pages = listPages(range, seen?.total ?? 1);
  const results = useQueries({ queries: pages.map((page) => ({ ...gridWindowQuery(query, page), enabled })) });
  const first = results.find((r) => r.data)?.data;
  // The columns and the length stay while another order is on its way.
  if (first && first !== seen) setSeen(first);

  const move = useCallback((next: PageRange) => setAt((old) => (old.of === resetKey && old.range.from === next.from && old.range.to === next.to ? old : { range: next, of: resetKey })), [resetKey]);
  const moveLater = useDebouncedCallback(move, 80);
  const onRange = useCallback(
    (from: number, to: number) => {
      const next = pagesFor(from, to);
      // Who drags the scroll bar passes hundreds of pages: only where they stop is asked for.
      if (Math.abs(next.from - range.from) <= 1) move(next);
      else moveLater(next);
    },
    [range.from, move, moveLater],
  );
  const loaded = useMemo(() => new Map(pages.map((page, i) => [page, results[i]?.data])), [pages, results]);
  const rowAt = useCallback((index: number): GridRow | undefined => loaded.get(Math.floor(index / GRID_ROWS))?.items[index % GRID_ROWS], [loaded]);
  return {
    first: first ?? seen,
    rows: useMemo(() => results.flatMap((r) => r.data?.items ?? []), [results]),
    total: (first ?? seen)?.total ?? 0,
    loading: !enabled || results.some((r) => r.isFetching),
    error: results.find((r) => r.error)?.error ?? null,
    retry: () => results.forEach((r) => void r.refetch()),
    window: { rowAt, onRange, resetKey },
  };
}
