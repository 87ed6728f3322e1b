import { Skeleton } from '@mantine/core';
import s from './home.module.css';

/** Holds the places of the panels, so that nothing jumps. */
export function HomeSkeleton() {
  const part = (className: string | undefined, height: number) => <Skeleton className={className} height={height} radius={8} />;
  return (
    <div className={s.page} aria-busy="true" role="status" aria-label="Loading">
      <Skeleton height={88} radius={8} style={{ gridColumn: '1 / -1' }} />
      {part(s.risks, 290)}
      {part(s.renewals, 290)}
      {part(s.down, 290)}
      {part(s.up, 290)}
      {part(s.trend, 290)}
    </div>
  );
}
