import type { Contact } from '../../api/shapes';

/** The roles that an account of any size should have filled. */
export const NEEDED = [
  { role: 'champion', title: 'Champion', why: 'somebody who wants you to win, and speaks for you inside' },
  { role: 'sponsor', title: 'Sponsor', why: 'the one who decides on the budget' },
] as const;

export const ROLE_TITLE: Record<string, string> = { champion: 'Champion', sponsor: 'Sponsor', admin: 'Admin', user: 'User', billing: 'Billing', detractor: 'Detractor' };

const ORDER = ['champion', 'sponsor', 'detractor', 'admin', 'billing', 'user'];

/** Those who are still there, the ones that matter most first. */
export function byImportance(contacts: Contact[]): Contact[] {
  const rank = (c: Contact) => {
    const i = ORDER.indexOf(c.role ?? '');
    return (c.left_at ? 100 : 0) + (i < 0 ? ORDER.length : i);
  };
  return [...contacts].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** The needed roles that nobody who is still there holds. */
export function missingRoles(contacts: Contact[]) {
  return NEEDED.filter((n) => !contacts.some((c) => c.role === n.role && !c.left_at));
}
