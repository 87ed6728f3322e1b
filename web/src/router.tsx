// Every address of the app, readable in one place. A page is loaded when it is
// first needed; the as-of day is kept from page to page.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  retainSearchParams,
} from '@tanstack/react-router';
import { ApiError } from './api/client';
import { newQueryClient, sessionQuery } from './api/queries';
import { readAccountSearch } from './pages/account/search';
import { readAccountsSearch } from './pages/accounts/search';
import { readConnectSearch, readEventsSearch, readIdentitySearch } from './pages/data/search';
import { readScorecardSearch, readVersionSearch } from './pages/health/search';
import { readLearnedSearch } from './pages/health/learned/search';
import { readWorksSearch } from './pages/health/works/search';
import { readRevenueSearch } from './pages/revenue/search';
import { PageFailed, PageMissing, PagePending } from './shell/PageStates';
import { Shell } from './shell/Shell';
import { readAsOf } from './url/asof';
import { safeBack, signInFor, text } from './url/back';
import { readKnown, type Known } from './url/known';

type Context = { queryClient: QueryClient };

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: PageMissing, errorComponent: PageFailed });

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

// The parts of an account are pages of their own inside it: /accounts/acc_1/health.
const account = createRoute({
  getParentRoute: () => app,
  path: '/accounts/$accountId',
  validateSearch: readAccountSearch,
  component: lazyRouteComponent(() => import('./pages/account/AccountPage'), 'AccountPage'),
});

const accountSummary = createRoute({
  getParentRoute: () => account,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/account/Summary'), 'Summary'),
});

const accountTab = createRoute({
  getParentRoute: () => account,
  path: '$tab',
  component: lazyRouteComponent(() => import('./pages/account/AccountTab'), 'AccountTab'),
});

const health = createRoute({
  getParentRoute: () => app,
  path: '/health',
  component: lazyRouteComponent(() => import('./pages/health/HealthPage'), 'HealthPage'),
});

const scorecards = createRoute({
  getParentRoute: () => health,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/health/Scorecards'), 'Scorecards'),
});

const catalogue = createRoute({
  getParentRoute: () => health,
  path: 'metrics',
  validateSearch: (s: Record<string, unknown>): { metric?: string; q?: string } => ({ metric: text(s.metric), q: text(s.q) }),
  component: lazyRouteComponent(() => import('./pages/health/Catalogue'), 'Catalogue'),
});

const versions = createRoute({
  getParentRoute: () => health,
  path: 'versions',
  validateSearch: readVersionSearch,
  component: lazyRouteComponent(() => import('./pages/health/Versions'), 'Versions'),
});

const drafts = createRoute({
  getParentRoute: () => health,
  path: 'drafts',
  validateSearch: (s: Record<string, unknown>): { draft?: string } => ({ draft: text(s.draft) }),
  component: lazyRouteComponent(() => import('./pages/health/Drafts'), 'Drafts'),
});

const scorecard = createRoute({
  getParentRoute: () => app,
  path: '/health/scorecards/$key',
  validateSearch: readScorecardSearch,
  component: lazyRouteComponent(() => import('./pages/health/ScorecardPage'), 'ScorecardPage'),
});

const works = createRoute({
  getParentRoute: () => app,
  path: '/health/scorecards/$key/works',
  validateSearch: readWorksSearch,
  component: lazyRouteComponent(() => import('./pages/health/works/WorksPage'), 'WorksPage'),
});

const learned = createRoute({
  getParentRoute: () => app,
  path: '/health/scorecards/$key/learned',
  validateSearch: readLearnedSearch,
  component: lazyRouteComponent(() => import('./pages/health/learned/LearnedPage'), 'LearnedPage'),
});

const revenue = createRoute({
  getParentRoute: () => app,
  path: '/revenue',
  validateSearch: readRevenueSearch,
  component: lazyRouteComponent(() => import('./pages/revenue/RevenuePage'), 'RevenuePage'),
});

const data = createRoute({
  getParentRoute: () => app,
  path: '/data',
  component: lazyRouteComponent(() => import('./pages/data/DataPage'), 'DataPage'),
});

const sources = createRoute({
  getParentRoute: () => data,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/data/Sources'), 'Sources'),
});

const connect = createRoute({
  getParentRoute: () => data,
  path: 'connect',
  validateSearch: readConnectSearch,
  component: lazyRouteComponent(() => import('./pages/data/Connect'), 'Connect'),
});

const connection = createRoute({
  getParentRoute: () => data,
  path: 'connections/$connectionId',
  component: lazyRouteComponent(() => import('./pages/data/ConnectionPage'), 'ConnectionPage'),
});

const imports = createRoute({
  getParentRoute: () => data,
  path: 'imports',
  component: lazyRouteComponent(() => import('./pages/data/Imports'), 'Imports'),
});

const newImport = createRoute({
  getParentRoute: () => data,
  path: 'imports/new',
  component: lazyRouteComponent(() => import('./pages/data/NewImport'), 'NewImport'),
});

const oneImport = createRoute({
  getParentRoute: () => data,
  path: 'imports/$importId',
  component: lazyRouteComponent(() => import('./pages/data/ImportPage'), 'ImportPage'),
});

const events = createRoute({
  getParentRoute: () => data,
  path: 'events',
  validateSearch: readEventsSearch,
  component: lazyRouteComponent(() => import('./pages/data/Events'), 'Events'),
});

const modelText = createRoute({
  getParentRoute: () => data,
  path: 'model',
  component: lazyRouteComponent(() => import('./pages/data/ModelPage'), 'ModelPage'),
});

const users = createRoute({
  getParentRoute: () => data,
  path: 'users',
  component: lazyRouteComponent(() => import('./pages/data/Users'), 'Users'),
});

const keys = createRoute({
  getParentRoute: () => data,
  path: 'keys',
  component: lazyRouteComponent(() => import('./pages/data/Keys'), 'Keys'),
});

const webhooks = createRoute({
  getParentRoute: () => data,
  path: 'webhooks',
  component: lazyRouteComponent(() => import('./pages/data/Webhooks'), 'Webhooks'),
});

const identity = createRoute({
  getParentRoute: () => data,
  path: 'identity',
  validateSearch: readIdentitySearch,
  component: lazyRouteComponent(() => import('./pages/data/Identity'), 'Identity'),
});

const audit = createRoute({
  getParentRoute: () => data,
  path: 'audit',
  component: lazyRouteComponent(() => import('./pages/data/Audit'), 'Audit'),
});

const routeTree = root.addChildren([signIn, setup, app.addChildren([
    home,
    accounts,
    grid,
    account.addChildren([accountSummary, accountTab]),
    health.addChildren([scorecards, catalogue, versions, drafts]),
    scorecard,
    works,
    learned,
    revenue,
    data.addChildren([sources, connect, connection, imports, newImport, oneImport, events, identity, modelText, users, keys, webhooks, audit]),
  ]),
]);

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
