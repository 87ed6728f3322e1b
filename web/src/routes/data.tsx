// The addresses under Data.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readConnectSearch, readEventsSearch, readIdentitySearch } from '../pages/data/search';
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

const connect = createRoute({
  getParentRoute: () => data,
  path: 'connect',
  validateSearch: readConnectSearch,
  component: lazyRouteComponent(() => import('../pages/data/Connect'), 'Connect'),
});

const connection = createRoute({
  getParentRoute: () => data,
  path: 'connections/$connectionId',
  component: lazyRouteComponent(() => import('../pages/data/ConnectionPage'), 'ConnectionPage'),
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

const webhooks = createRoute({
  getParentRoute: () => data,
  path: 'webhooks',
  component: lazyRouteComponent(() => import('../pages/data/Webhooks'), 'Webhooks'),
});

const identity = createRoute({
  getParentRoute: () => data,
  path: 'identity',
  validateSearch: readIdentitySearch,
  component: lazyRouteComponent(() => import('../pages/data/Identity'), 'Identity'),
});

const audit = createRoute({
  getParentRoute: () => data,
  path: 'audit',
  component: lazyRouteComponent(() => import('../pages/data/Audit'), 'Audit'),
});

export const dataRoutes = data.addChildren([sources, connect, connection, imports, newImport, oneImport, events, identity, modelText, users, keys, webhooks, audit]);
