import { Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { accountQuery } from '../api/queries';
import { Rows } from '../parts/States';
import { useAsOf } from '../url/useAsOf';
import { useExplain } from '../url/useExplain';

const ScoreExplanation = lazy(() => import('./ScoreExplanation'));
const MetricExplanation = lazy(() => import('./MetricExplanation'));

/** The proof behind a number, at the right of any page; its address is a link to it. */
export function ExplainDrawer() {
  const { target, explain } = useExplain();
  const { asOf } = useAsOf();
  return (
    <Drawer opened={target !== undefined} onClose={() => explain(undefined)} title={<Title account={target?.account} metric={target?.metric} asOf={asOf} />} size={560} closeButtonProps={{ 'aria-label': 'Close' }} styles={{ title: { fontWeight: 600, fontSize: 15 } }}>
      {target && (
        <Suspense fallback={<Rows n={10} />}>
          {target.metric ? <MetricExplanation key={target.metric} account={target.account} metric={target.metric} asOf={asOf} /> : <ScoreExplanation key={target.account} target={target} asOf={asOf} />}
        </Suspense>
      )}
    </Drawer>
  );
}

function Title({ account, metric, asOf }: { account?: string; metric?: string; asOf?: string }) {
  const query = useQuery({ ...accountQuery(account ?? '', asOf), enabled: account !== undefined });
  if (metric) return <>How this number of {query.data?.name ?? 'this account'} is made</>;
  return <>How the score of {query.data?.name ?? 'this account'} is made</>;
}
