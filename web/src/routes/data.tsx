// The addresses under Data.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readEventsSearch } from '../pages/data/search';
import { app } from './base';

const data = createRoute({
  getParentRoute: () => app,
  path: '/data',
  component: lazyRouteComponent(() => import('../pages/data/DataPage'), 'DataPage'),
});

const sources = createRoute({
  getParentRoute: () => data,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/data/Sources'), 'Sources'),
});

const imports = createRoute({
  getParentRoute: () => data,
  path: 'imports',
  component: lazyRouteComponent(() => import('../pages/data/Imports'), 'Imports'),
});

const newImport = createRoute({
  getParentRoute: () => data,
  path: 'imports/new',
  component: lazyRouteComponent(() => import('../pages/data/NewImport'), 'NewImport'),
});

const oneImport = createRoute({
  getParentRoute: () => data,
  path: 'imports/$importId',
  component: lazyRouteComponent(() => import('../pages/data/ImportPage'), 'ImportPage'),
});

const events = createRoute({
  getParentRoute: () => data,
  path: 'events',
  validateSearch: readEventsSearch,
  component: lazyRouteComponent(() => import('../pages/data/Events'), 'Events'),
});

const modelText = createRoute({
  getParentRoute: () => data,
  path: 'model',
  component: lazyRouteComponent(() => import('../pages/data/ModelPage'), 'ModelPage'),
});

const users = createRoute({
  getParentRoute: () => data,
  path: 'users',
  component: lazyRouteComponent(() => import('../pages/data/Users'), 'Users'),
});

const keys = createRoute({
  getParentRoute: () => data,
  path: 'keys',
  component: lazyRouteComponent(() => import('../pages/data/Keys'), 'Keys'),
});

const audit = createRoute({
  getParentRoute: () => data,
  path: 'audit',
  component: lazyRouteComponent(() => import('../pages/data/Audit'), 'Audit'),
});

export const dataRoutes = data.addChildren([sources, imports, newImport, oneImport, events, modelText, users, keys, audit]);
