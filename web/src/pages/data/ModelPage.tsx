import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { modelQuery } from '../../api/model';
import { sessionQuery } from '../../api/queries';
import { ErrorNote, Rows } from '../../parts/States';
import { useAsOf } from '../../url/useAsOf';
import { ModelEditor } from '../health/ModelEditor';

/** The whole model as text; what is applied here and in the forms makes the same versions. */
export function ModelPage() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const { asOf } = useAsOf();
  const query = useQuery(modelQuery);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={16} />;
  const may = session.permissions.includes('write_model') || session.permissions.includes('*');
  return <ModelEditor key={query.data.version} start={query.data.yaml} base={query.data.version} readOnly={!may || asOf !== undefined} onApplied={() => undefined} />;
}
