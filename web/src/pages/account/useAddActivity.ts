import { useMutation, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { newActivity } from '../../api/account';
import type { List } from '../../api/contract';
import type { NewActivity, TimelineItem } from '../../api/shapes';

type Pages = InfiniteData<List<TimelineItem>>;

/** The time line with one more entry on top, before the server has answered. */
export function withEntry(pages: Pages | undefined, body: NewActivity, now: string): Pages | undefined {
  if (!pages?.pages[0]) return pages;
  const item: TimelineItem = { at: body.at ?? now, kind: 'activity', title: body.subject, body: body.body, ref: PENDING };
  const [first, ...rest] = pages.pages;
  const items = [item, ...first.items].sort((a, b) => b.at.localeCompare(a.at));
  return { ...pages, pages: [{ ...first, items, total: first.total + 1 }, ...rest] };
}

/** The ref of an entry that the server has not confirmed. */
export const PENDING = 'pending';

/** Adds an activity: it is shown at once, and taken back when the server refuses it. */
export function useAddActivity(account: string) {
  const client = useQueryClient();
  const key = ['account', account, 'timeline', 'now'];
  return useMutation({
    mutationFn: (body: NewActivity) => newActivity(account, body),
    onMutate: async (body) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueriesData<Pages>({ queryKey: key });
      client.setQueriesData<Pages>({ queryKey: key }, (old) => withEntry(old, body, new Date().toISOString()));
      return before;
    },
    onError: (_error, _body, before) => before?.forEach(([k, data]) => client.setQueryData(k, data)),
    onSettled: () => client.invalidateQueries({ queryKey: ['account', account] }),
  });
}
