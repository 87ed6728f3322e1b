import { Button, Group, Loader } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { metricTrialQuery } from '../../../api/metric';
import { modelQuery, planModel } from '../../../api/model';
import { sessionQuery } from '../../../api/queries';
import type { ModelText } from '../../../api/shapes';
import { plural } from '../../../format/number';
import { CodeEditor, type CodeEditorHandle } from '../../../parts/CodeEditor';
import { ErrorNote, Rows } from '../../../parts/States';
import { ApplyForm } from '../ApplyForm';
import { Plan } from '../ModelEditor';
import editor from '../model.module.css';
import { SaveDraft } from '../SaveDraft';
import { metricText, spliceMetric } from '../splice';
import { AccountPick } from './AccountPick';
import s from './metric.module.css';
import { Trial } from './Trial';

/** The text of one metric: tried on the accounts while it is typed, planned before it is applied. */
export function MetricEditor({ name }: { name: string }) {
  const query = useQuery(modelQuery);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={14} />;
  return <Opened key={query.data.version} name={name} model={query.data} />;
}

function Opened({ name, model }: { name: string; model: ModelText }) {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const { account } = useSearch({ from: '/app/health/metrics/$name' });
  const navigate = useNavigate();
  const start = useMemo(() => metricText(model.yaml, name), [model.yaml, name]);
  const [text, setText] = useState(start ?? `name: ${name}\nkind: count\nevents: [login]\nwindow: 28d\nempty: zero`);
  const [asked] = useDebouncedValue(text, 400);
  const trial = useQuery(metricTrialQuery(name, asked, account));
  const whole = useMemo(() => spliceMetric(model.yaml, name, text), [model.yaml, name, text]);
  const plan = useMutation({ mutationFn: () => planModel(whole, model.version) });
  const [keeping, setKeeping] = useState(false);
  const area = useRef<CodeEditorHandle>(null);
  const may = session.permissions.includes('write_model') || session.permissions.includes('*');
  const waiting = trial.isFetching || asked !== text;
  const errors = trial.data?.errors ?? [];
  const bad = new Set(errors.filter((e) => e.line > 0).map((e) => e.line));
  const change = (next: string) => {
    setText(next);
    plan.reset();
  };
  return (
    <div className={editor.page}>
      <CodeEditor ref={area} label={`The metric ${name} as YAML`} text={text} onChange={change} bad={bad} />
      <aside className={editor.side} aria-label="Try, plan and apply" tabIndex={0}>
        <AccountPick value={account} onChange={(id) => void navigate({ to: '/health/metrics/$name', params: { name }, search: { edit: true, account: id }, replace: true })} />
        <div className={editor.status} role="status">
          {waiting ? (
            <>
              <Loader size={13} /> Trying
            </>
          ) : trial.error ? (
            'It could not be tried'
          ) : errors.length > 0 ? (
            <>
              <IconAlertTriangle size={15} className={editor.bad} aria-hidden="true" /> {plural(errors.length, 'error')}
            </>
          ) : (
            <>
              <IconCheck size={15} className={editor.good} aria-hidden="true" /> No errors
            </>
          )}
        </div>
        {trial.error && <ErrorNote error={trial.error} retry={() => void trial.refetch()} title="It could not be tried" />}
        {errors.length > 0 && (
          <ul className={editor.errors}>
            {errors.map((e, i) => (
              <li key={i}>
                {e.line > 0 && (
                  <button type="button" onClick={() => area.current?.jump(e.line)}>
                    line {e.line}
                    {e.column > 1 && `, column ${e.column}`}
                  </button>
                )}
                <span>{e.message}</span>
              </li>
            ))}
          </ul>
        )}
        {trial.data && errors.length === 0 && (
          <div className={s.trial} data-old={waiting}>
            <Trial trial={trial.data} />
          </div>
        )}
        {may ? (
          <Group gap={8}>
            <Button variant={plan.data ? 'default' : 'filled'} disabled={waiting || errors.length > 0 || whole === model.yaml} loading={plan.isPending} onClick={() => plan.mutate()}>
              Plan
            </Button>
            {whole !== model.yaml && (
              <Button variant="default" onClick={() => setKeeping(true)}>
                Keep as a draft
              </Button>
            )}
            {start !== undefined && text !== start && (
              <Button variant="default" onClick={() => change(start)}>
                Undo all
              </Button>
            )}
          </Group>
        ) : (
          <p className="muted">You may try a text here, and not change the model: ask a leader or an operator.</p>
        )}
        {plan.error && <ErrorNote error={plan.error} title="It could not be planned" />}
        {plan.data && <Plan plan={plan.data} />}
        {plan.data && plan.data.errors.length === 0 && may && (
          <ApplyForm yaml={whole} base={model.version} onApplied={() => void navigate({ to: '/health/metrics/$name', params: { name: trial.data?.name ?? name }, search: {} })} />
        )}
      </aside>
      {keeping && <SaveDraft what={{ yaml: whole, base_version: model.version }} onClose={() => setKeeping(false)} />}
    </div>
  );
}
