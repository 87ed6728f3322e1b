import { Tooltip } from '@mantine/core';
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from '@tabler/icons-react';
import { Link, useLocation } from '@tanstack/react-router';
import { placeOf, places } from './places';
import s from './shell.module.css';

/** The places at the left; at the bottom of a narrow screen. */
export function Rail({ company, closed, toggle }: { company: string; closed: boolean; toggle: () => void }) {
  const here = placeOf(useLocation().pathname)?.key;
  const Icon = closed ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <nav className={s.rail} aria-label="Places">
      <Link to="/" className={s.brand} aria-label="Kept, home">
        <img src="/icon.svg" alt="" />
        <span className={s.label}>Kept</span>
        <span className={`${s.label} ${s.company}`}>{company}</span>
      </Link>
      {places.map((p) => (
        <Tooltip key={p.key} label={p.title} position="right" disabled={!closed}>
          <Link to={p.to} className={s.place} data-here={here === p.key} aria-current={here === p.key ? 'page' : undefined}>
            <p.icon size={18} stroke={1.7} />
            <span className={s.label}>{p.title}</span>
            {closed && <span className="sr-only">{p.title}</span>}
          </Link>
        </Tooltip>
      ))}
      <div className={s.spacer} />
      <button type="button" className={`${s.place} ${s.wideOnly}`} onClick={toggle} aria-expanded={!closed} aria-label={closed ? 'Widen the rail' : 'Narrow the rail'}>
        <Icon size={18} stroke={1.7} />
        <span className={s.label}>Narrow</span>
      </button>
    </nav>
  );
}
