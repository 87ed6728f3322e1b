// The addresses under Operate.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { app } from './base';

const operate = createRoute({
  getParentRoute: () => app,
  path: '/operate',
  component: lazyRouteComponent(() => import('../pages/operate/OperatePage'), 'OperatePage'),
});

const overview = createRoute({
  getParentRoute: () => operate,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/operate/Overview'), 'Overview'),
});

const maturity = createRoute({
  getParentRoute: () => operate,
  path: 'maturity',
  validateSearch: (s: Record<string, unknown>): { rate?: boolean } => ({ rate: s.rate === true || undefined }),
  component: lazyRouteComponent(() => import('../pages/operate/maturity/MaturityPage'), 'MaturityPage'),
});

export const operateRoutes = operate.addChildren([overview, maturity]);
