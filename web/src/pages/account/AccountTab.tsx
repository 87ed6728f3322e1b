import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { Rows } from '../../parts/States';
import { PageMissing } from '../../shell/PageStates';

const parts: Record<string, ReturnType<typeof lazy>> = {
  summary: lazy(() => import('./Summary').then((m) => ({ default: m.Summary }))),
  health: lazy(() => import('./Health').then((m) => ({ default: m.Health }))),
  usage: lazy(() => import('./Usage').then((m) => ({ default: m.Usage }))),
  subscriptions: lazy(() => import('./Subscriptions').then((m) => ({ default: m.Subscriptions }))),
  people: lazy(() => import('./People').then((m) => ({ default: m.People }))),
  tickets: lazy(() => import('./Tickets').then((m) => ({ default: m.Tickets }))),
  timeline: lazy(() => import('./Timeline').then((m) => ({ default: m.Timeline }))),
  attributes: lazy(() => import('./Attributes').then((m) => ({ default: m.Attributes }))),
  hierarchy: lazy(() => import('./Hierarchy').then((m) => ({ default: m.Hierarchy }))),
};

/** The part of the account that the address names. */
export function AccountTab() {
  const { tab } = useParams({ from: '/app/accounts/$accountId/$tab' });
  const Part = Object.hasOwn(parts, tab) ? parts[tab] : undefined;
  if (!Part) return <PageMissing />;
  return (
    <Suspense fallback={<Rows n={12} />}>
      <Part />
    </Suspense>
  );
}
