// The root of all addresses, and the frame of those who are signed in.
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, Outlet, retainSearchParams } from '@tanstack/react-router';
import { ApiError } from '../api/client';
import { sessionQuery } from '../api/queries';
import { PageFailed, PageMissing } from '../shell/PageStates';
import { Shell } from '../shell/Shell';
import { readAsOf } from '../url/asof';
import { signInFor, text } from '../url/back';
import { readKnown, type Known } from '../url/known';

type Context = { queryClient: QueryClient };

export const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: PageMissing, errorComponent: PageFailed });

export const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  validateSearch: (s: Record<string, unknown>): { as_of?: string; known?: Known; explain?: string } => ({
    as_of: readAsOf(s.as_of),
    known: readAsOf(s.as_of) ? readKnown(s.known) : undefined,
    explain: text(s.explain),
  }),
  search: { middlewares: [retainSearchParams(['as_of', 'known'])] },
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw signInFor(error, location.href);
      throw error;
    }
  },
  component: Shell,
  errorComponent: PageFailed,
});
