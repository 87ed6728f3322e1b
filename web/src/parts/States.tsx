// What a page shows when it has nothing, is not ready, or failed.
import { Button, Code, Skeleton } from '@mantine/core';
import { IconAlertTriangle, IconInbox, IconRefresh } from '@tabler/icons-react';
import type { ComponentType, ReactNode } from 'react';
import { ApiError } from '../api/client';
import s from './parts.module.css';

type EmptyProps = { icon?: ComponentType<{ className?: string; stroke?: number }>; title: string; children?: ReactNode; actions?: ReactNode };

/** Says what belongs here, and offers the ways to fill it. */
export function Empty({ icon: Icon = IconInbox, title, children, actions }: EmptyProps) {
  return (
    <div className={s.empty}>
      <Icon className={s.emptyIcon} stroke={1.5} />
      <div className={s.emptyTitle}>{title}</div>
      {children && <div className={s.emptyText}>{children}</div>}
      {actions && <div className={s.emptyActions}>{actions}</div>}
    </div>
  );
}

/** What happened, what is safe, what to do, and a code to quote. */
export function ErrorNote({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  const places = problem?.errors ?? [];
  const unexpected = !problem || problem.status >= 500;
  return (
    <div className={s.error} role="alert">
      <IconAlertTriangle size={18} stroke={1.75} />
      <div>
        <div className={s.errorTitle}>{title ?? problem?.title ?? 'This page could not be shown'}</div>
        <div>{problem?.detail ?? (error instanceof Error ? error.message : 'Something unexpected happened in the browser.')}</div>
        {places.length > 0 && (
          <ul className={s.errorList}>
            {places.map((e) => (
              <li key={`${e.location}${e.message}`}>
                {e.location && <Code>{e.location}</Code>} {e.message !== problem?.detail && e.message}
              </li>
            ))}
          </ul>
        )}
        <div className={s.errorFoot}>
          {retry && (
            <Button variant="default" leftSection={<IconRefresh size={14} />} onClick={retry}>
              Try again
            </Button>
          )}
          {unexpected && <span>Your data are safe: looking at a page changes nothing.</span>}
          {problem?.instance && (
            <span>
              Code to quote: <Code>{problem.instance}</Code>
            </span>
          )}
        </div>
      </div>
    </div>
  );
}

/** Lines that hold the place of a list while it loads. */
export function Rows({ n = 8, height = 14, gap = 18 }: { n?: number; height?: number; gap?: number }) {
  return (
    <div aria-busy="true" aria-label="Loading" role="status" style={{ display: 'grid', gap, padding: 12 }}>
      {Array.from({ length: n }, (_, i) => (
        <Skeleton key={i} height={height} width={`${92 - ((i * 17) % 30)}%`} radius="sm" />
      ))}
    </div>
  );
}
