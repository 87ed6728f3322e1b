import { Link } from '@tanstack/react-router';
import s from './accounts.module.css';

/** From the table to the grid of the same accounts, and back. */
export function PageSwitch({ page }: { page: 'table' | 'grid' }) {
  const keep = (old: Record<string, unknown>) => ({ filter: old.filter ?? (old.view ? '' : undefined), q: old.q, owner: old.owner, band: old.band, segment: old.segment, as_of: old.as_of }) as never;
  return (
    <nav className={s.switch} aria-label="How to show the accounts">
      <Link to="/accounts" search={keep} data-on={page === 'table'} aria-current={page === 'table' ? 'page' : undefined}>
        Table
      </Link>
      <Link to="/accounts/grid" search={keep} data-on={page === 'grid'} aria-current={page === 'grid' ? 'page' : undefined}>
        Health grid
      </Link>
    </nav>
  );
}
