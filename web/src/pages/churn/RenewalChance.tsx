import { useInfiniteQuery } from '@tanstack/react-query';
import { churnAccountsQuery, type ChurnRow } from '../../api/churn';
import { Nothing } from '../../parts/Figures';
import { chance, chanceText, evidenceOf } from './words';

/** The renewals ahead of an owner with their probabilities, by account. */
export function useRenewalChances(owner: string, asOf?: string): Map<string, ChurnRow> {
  const query = useInfiniteQuery(churnAccountsQuery({ renewing: true, sort: 'renewal_at', owner: owner === 'all' ? undefined : owner, as_of: asOf }));
  return new Map(query.data?.pages[0]?.items.map((r) => [r.id, r]));
}

/** How probable it is that they leave by the renewal; the interval and its evidence on hover. */
export function RenewalChance({ row }: { row: ChurnRow | undefined }) {
  const p = row?.renewal?.probability;
  if (p?.value == null) return <Nothing why={row?.refusal ?? 'no probability'} />;
  const words = `Leaves by the renewal: ${chanceText(p)}; ${evidenceOf(p)?.title ?? ''}`;
  return (
    <span className="num" title={words}>
      {chance(p.value)}
      <span className="sr-only">. {words}</span>
    </span>
  );
}
