import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { modelQuery } from '../../api/model';
import { sessionQuery } from '../../api/queries';
import type { Scorecard } from '../../api/shapes';
import { ErrorNote, Rows } from '../../parts/States';
import { ModelEditor } from './ModelEditor';
import s from './model.module.css';
import { findScorecard, spliceScorecard } from './splice';

/** The same scorecard as text, in the model it belongs to, with what the form has changed. */
export function YamlTab({ draft, dirty, onApplied }: { draft: Scorecard; dirty: boolean; onApplied: () => void }) {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const query = useQuery(modelQuery);
  const yaml = query.data?.yaml;
  const text = useMemo(() => (yaml === undefined ? '' : dirty ? spliceScorecard(yaml, draft) : yaml), [yaml, dirty, draft]);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={14} />;
  const line = (findScorecard(text.split('\n'), draft.key)?.[0] ?? 0) + 1;
  const may = session.permissions.includes('write_model') || session.permissions.includes('*');
  return (
    <>
      {dirty && <p className={s.hint}>This text has the changes of the form in it. Plan and apply it here, or save in the form: both make the same version.</p>}
      <ModelEditor key={`${query.data.version} ${dirty}`} start={query.data.yaml} initial={text} base={query.data.version} readOnly={!may} goTo={line} onApplied={onApplied} />
    </>
  );
}
