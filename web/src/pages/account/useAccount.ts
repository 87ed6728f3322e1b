import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { accountQuery, sessionQuery } from '../../api/queries';
import { useAsOf } from '../../url/useAsOf';

/** The account of the page, and whether the reader may change it: never in the past. */
export function useAccount() {
  const { accountId } = useParams({ from: '/app/accounts/$accountId' });
  const { asOf } = useAsOf();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const detail = useQuery(accountQuery(accountId, asOf)).data;
  const may = session.permissions.includes('write_record') || session.permissions.includes('*');
  return { accountId, asOf, detail, mayEdit: may && asOf === undefined, past: asOf !== undefined };
}
