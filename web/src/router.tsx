// Every address of the app, readable in one place. A page is loaded when it is
// first needed; the as-of day is kept from page to page.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { ApiError } from './api/client';
import { newQueryClient, sessionQuery } from './api/queries';
import { readAccountsSearch } from './pages/accounts/search';
import { PageFailed, PageMissing, PagePending } from './shell/PageStates';
import { Shell } from './shell/Shell';
import { readAsOf } from './url/asof';

type Context = { queryClient: QueryClient };

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: PageMissing, errorComponent: PageFailed });

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Only paths of this app: a link must not send a user who signs in elsewhere. */
export function safeBack(value: unknown): string | undefined {
  const back = text(value);
  return back && /^\/(?![/\\])/.test(back) ? back : undefined;
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (s: Record<string, unknown>): { back?: string } => ({ back: safeBack(s.back) }),
  component: lazyRouteComponent(() => import('./pages/signin/SignInPage'), 'SignInPage'),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/signin/SetupPage'), 'SetupPage'),
});

const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  validateSearch: (s: Record<string, unknown>): { as_of?: string; explain?: string } => ({
    as_of: readAsOf(s.as_of),
    explain: text(s.explain),
  }),
  search: { middlewares: [retainSearchParams(['as_of'])] },
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

function signInFor(error: ApiError, href: string) {
  if (error.problem.code === 'setup_required') return redirect({ to: '/setup' });
  return redirect({ to: '/sign-in', search: { back: href === '/' ? undefined : href } });
}

const home = createRoute({
  getParentRoute: () => app,
  path: '/',
  validateSearch: (s: Record<string, unknown>): { owner?: string } => ({ owner: text(s.owner) }),
  component: lazyRouteComponent(() => import('./pages/home/HomePage'), 'HomePage'),
});

const accounts = createRoute({
  getParentRoute: () => app,
  path: '/accounts',
  validateSearch: readAccountsSearch,
  component: lazyRouteComponent(() => import('./pages/accounts/AccountsPage'), 'AccountsPage'),
});

const grid = createRoute({
  getParentRoute: () => app,
  path: '/accounts/grid',
  validateSearch: readAccountsSearch,
  component: lazyRouteComponent(() => import('./pages/accounts/GridPage'), 'GridPage'),
});

const account = createRoute({
  getParentRoute: () => app,
  path: '/accounts/$accountId',
  component: lazyRouteComponent(() => import('./pages/account/AccountPage'), 'AccountPage'),
});

const health = createRoute({
  getParentRoute: () => app,
  path: '/health',
  component: lazyRouteComponent(() => import('./pages/health/HealthPage'), 'HealthPage'),
});

const data = createRoute({
  getParentRoute: () => app,
  path: '/data',
  component: lazyRouteComponent(() => import('./pages/data/DataPage'), 'DataPage'),
});

const routeTree = root.addChildren([signIn, setup, app.addChildren([home, accounts, grid, account, health, data])]);

export function newApp() {
  const queryClient = newQueryClient();
  const router = createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: PagePending,
    defaultPendingMs: 150,
    defaultErrorComponent: PageFailed,
    scrollRestoration: true,
    scrollToTopSelectors: ['#main'],
  });
  // A session that ended while a page was open: sign in, and come back to it.
  const leave = (error: Error) => {
    if (!(error instanceof ApiError) || error.status !== 401) return;
    const { pathname, href } = router.state.location;
    if (pathname === '/sign-in' || pathname === '/setup') return;
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
    if (error.problem.code === 'setup_required') void router.navigate({ to: '/setup' });
    else void router.navigate({ to: '/sign-in', search: { back: href } });
  };
  queryClient.getQueryCache().config.onError = leave;
  queryClient.getMutationCache().config.onError = leave;
  return { router, queryClient };
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newApp>['router'];
  }
}
