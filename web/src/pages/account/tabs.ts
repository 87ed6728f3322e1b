import type { AccountDetail } from '../../api/contract';

export type Tab = { key: string; title: string; count?: (detail: AccountDetail) => number };

/** The parts of an account, in the order of the keys 1 to 9. */
export const TABS: Tab[] = [
  { key: 'summary', title: 'Summary' },
  { key: 'health', title: 'Health' },
  { key: 'usage', title: 'Usage' },
  { key: 'subscriptions', title: 'Subscriptions', count: (d) => d.subscriptions_count },
  { key: 'people', title: 'People', count: (d) => d.contacts_count },
  { key: 'tickets', title: 'Tickets', count: (d) => d.tickets_open },
  { key: 'timeline', title: 'Timeline', count: (d) => d.activities_count },
  { key: 'attributes', title: 'Attributes' },
  { key: 'hierarchy', title: 'Hierarchy', count: (d) => d.children.length },
];
