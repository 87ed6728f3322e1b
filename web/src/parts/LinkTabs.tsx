import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { count as countText } from '../format/number';
import s from './tabs.module.css';

export type LinkTab = { key: string; title: string; to: string; count?: number | null; mark?: ReactNode };

/** The parts of a page as links: each has an address, and says how much is in it. */
export function LinkTabs({ label, tabs, current }: { label: string; tabs: LinkTab[]; current: string }) {
  return (
    <nav className={`${s.tabs} no-print`} aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.key} to={tab.to} className={s.tab} data-on={tab.key === current} aria-current={tab.key === current ? 'page' : undefined} preload="intent">
          {tab.title}
          {tab.count != null && tab.count > 0 && <span className={s.count}>{countText(tab.count)}</span>}
          {tab.mark}
        </Link>
      ))}
    </nav>
  );
}
