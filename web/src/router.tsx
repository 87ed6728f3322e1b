// Every address of the app, readable in one place. A page is loaded when it is
// first needed; the as-of day is kept from page to page.
import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { ApiError } from './api/client';
import { newQueryClient, sessionQuery } from './api/queries';
import { readAccountSearch } from './pages/account/search';
import { readAccountsSearch } from './pages/accounts/search';
import { readForecastSearch, readSurvivalSearch } from './pages/churn/search';
import { readCompareSearch, readSpreadSearch } from './pages/health/compare/search';
import { readDriversSearch } from './pages/health/drivers/search';
import { readScorecardSearch, readVersionSearch } from './pages/health/search';
import { readLearnedSearch } from './pages/health/learned/search';
import { readMetricSearch } from './pages/health/metric/search';
import { readWorksSearch } from './pages/health/works/search';
import { readRevenueSearch } from './pages/revenue/search';
import { app, root } from './routes/base';
import { dataRoutes } from './routes/data';
import { operateRoutes } from './routes/operate';
import { PageFailed, PagePending } from './shell/PageStates';
import { safeBack, text } from './url/back';

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
  validateSearch: (s: Record<string, unknown>): { q?: string } => ({ q: text(s.q) }),
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

const churn = createRoute({
  getParentRoute: () => health,
  path: 'churn',
  validateSearch: readForecastSearch,
  component: lazyRouteComponent(() => import('./pages/churn/ForecastPage'), 'ForecastPage'),
});

const survival = createRoute({
  getParentRoute: () => health,
  path: 'survival',
  validateSearch: readSurvivalSearch,
  component: lazyRouteComponent(() => import('./pages/churn/SurvivalPage'), 'SurvivalPage'),
});

const drivers = createRoute({
  getParentRoute: () => health,
  path: 'drivers',
  validateSearch: readDriversSearch,
  component: lazyRouteComponent(() => import('./pages/health/drivers/DriversPage'), 'DriversPage'),
});

const compare = createRoute({
  getParentRoute: () => health,
  path: 'compare',
  validateSearch: readCompareSearch,
  component: lazyRouteComponent(() => import('./pages/health/compare/ComparePage'), 'ComparePage'),
});

const spread = createRoute({
  getParentRoute: () => health,
  path: 'distribution',
  validateSearch: readSpreadSearch,
  component: lazyRouteComponent(() => import('./pages/health/distribution/DistributionPage'), 'DistributionPage'),
});

const scorecard = createRoute({
  getParentRoute: () => app,
  path: '/health/scorecards/$key',
  validateSearch: readScorecardSearch,
  component: lazyRouteComponent(() => import('./pages/health/ScorecardPage'), 'ScorecardPage'),
});

const metric = createRoute({
  getParentRoute: () => app,
  path: '/health/metrics/$name',
  validateSearch: readMetricSearch,
  component: lazyRouteComponent(() => import('./pages/health/metric/MetricPage'), 'MetricPage'),
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

const routeTree = root.addChildren([signIn, setup, app.addChildren([
    home,
    accounts,
    grid,
    account.addChildren([accountSummary, accountTab]),
    health.addChildren([scorecards, churn, survival, drivers, catalogue, compare, spread, versions, drafts]),
    scorecard,
    metric,
    works,
    learned,
    revenue,
    operateRoutes,
    dataRoutes,
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
