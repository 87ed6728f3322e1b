import { useQuery } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import type { Freshness } from '../api/contract';
import { freshnessQuery } from '../api/queries';
import { count } from '../format/number';
import { When } from './Figures';
import s from './parts.module.css';

/** The title of a page, the freshness of its data, and what can be done on it. */
export function PageHeader({ title, name, actions, children }: { title: ReactNode; /** Name of the browser tab when the title is not text. */ name?: string; actions?: ReactNode; children?: ReactNode }) {
  const tab = name ?? (typeof title === 'string' ? title : '');
  useEffect(() => {
    document.title = tab ? `${tab} · Kept` : 'Kept';
  }, [tab]);
  return (
    <header className={s.header}>
      <div className={s.headText}>
        <h1 className={s.title}>{title}</h1>
        {children ?? <FreshnessLine />}
      </div>
      {actions && <div className={`${s.actions} no-print`}>{actions}</div>}
    </header>
  );
}

/** Newest event, last evaluation, slowest source; amber when a source is late. */
export function FreshnessLine({ value }: { value?: Freshness }) {
  const query = useQuery({ ...freshnessQuery, enabled: value === undefined });
  const fresh = value ?? query.data;
  if (!fresh) return <div className={s.fresh} />;
  return (
    <div className={s.fresh} data-late={fresh.late}>
      <span>
        Newest event <When at={fresh.newest_event_at} />
      </span>
      <span aria-hidden="true">·</span>
      <span>
        scored <When at={fresh.last_evaluation_at} />
      </span>
      {fresh.late && fresh.slowest_source && (
        <>
          <span aria-hidden="true">·</span>
          <span>{fresh.slowest_source} is late</span>
        </>
      )}
      {fresh.model_version != null && (
        <>
          <span className={s.wide} aria-hidden="true">·</span>
          <span className={s.wide}>model {count(fresh.model_version)}</span>
        </>
      )}
    </div>
  );
}

/** A bordered part of a page with its title; never put one inside another. */
export function Panel({ title, hint, actions, children, className }: { title: ReactNode; hint?: ReactNode; actions?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={`${s.panel} ${className ?? ''}`}>
      <div className={s.panelHead}>
        <h2 className={s.panelTitle}>
          {title} {hint && <span className={s.panelHint}>{hint}</span>}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  );
}
