import { Drawer } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { Rows } from '../parts/States';
import { useAsOf } from '../url/useAsOf';
import { useExplain } from '../url/useExplain';

const ScoreExplanation = lazy(() => import('./ScoreExplanation'));

/** The proof behind a number, at the right of any page; its address is a link to it. */
export function ExplainDrawer() {
  const { target, explain } = useExplain();
  const { asOf } = useAsOf();
  return (
    <Drawer opened={target !== undefined} onClose={() => explain(undefined)} title="How this score is made" size={560} closeButtonProps={{ 'aria-label': 'Close' }} styles={{ title: { fontWeight: 600, fontSize: 15 } }}>
      {target && (
        <Suspense fallback={<Rows n={10} />}>
          <ScoreExplanation key={target.account} target={target} asOf={asOf} />
        </Suspense>
      )}
    </Drawer>
  );
}
