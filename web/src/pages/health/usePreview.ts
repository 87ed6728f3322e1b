import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { previewScorecard } from '../../api/model';
import type { Scorecard } from '../../api/shapes';

/** What the draft would do to every account, asked once the reader stops typing. */
export function usePreview(draft: Scorecard, enabled: boolean) {
  const [asked] = useDebouncedValue(draft, 400);
  const query = useQuery({
    queryKey: ['preview', asked],
    queryFn: ({ signal }) => previewScorecard(asked, signal),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
  });
  return { ...query, waiting: query.isFetching || asked !== draft };
}
