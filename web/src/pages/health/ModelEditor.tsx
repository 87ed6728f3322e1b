import { Button, Group, Loader } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { checkModel, planModel } from '../../api/model';
import type { ModelPlan } from '../../api/shapes';
import { plural } from '../../format/number';
import { CodeEditor, type CodeEditorHandle } from '../../parts/CodeEditor';
import { ErrorNote } from '../../parts/States';
import { ApplyForm } from './ApplyForm';
import { useLooks } from './bands';
import { ImpactView } from './ImpactView';
import { SaveDraft } from './SaveDraft';
import s from './model.module.css';

type Props = { start: string; /** What the editor begins with when it is not the saved text. */ initial?: string; base: number; readOnly: boolean; goTo?: number; /** Saves the text as the draft that it is; without it, it can be kept as a new one. */ onKeep?: (yaml: string) => void; onApplied: (version: number) => void };

/** The model as text: checked while it is typed, planned before it is applied. */
export function ModelEditor({ start, initial = start, base, readOnly, goTo, onKeep, onApplied }: Props) {
  const [text, setText] = useState(initial);
  const [asked] = useDebouncedValue(text, 500);
  const editor = useRef<CodeEditorHandle>(null);
  const check = useQuery({ queryKey: ['check', asked], queryFn: ({ signal }) => checkModel(asked, signal), staleTime: Infinity, gcTime: 60_000, retry: false });
  const plan = useMutation({ mutationFn: () => planModel(text, base) });
  const [keeping, keep] = useDisclosure(false);
  const errors = check.data?.errors ?? [];
  const bad = useMemo(() => new Set((check.data?.errors ?? []).map((e) => e.line)), [check.data]);
  const change = (next: string) => {
    setText(next);
    plan.reset();
  };
  return (
    <div className={s.page}>
      <CodeEditor ref={editor} label="The model as YAML" text={text} onChange={change} bad={bad} readOnly={readOnly} goTo={goTo} />
      <aside className={s.side} aria-label="Check, plan and apply" tabIndex={0}>
        <div className={s.status} role="status">
          {check.isFetching ? (
            <>
              <Loader size={13} /> Checking
            </>
          ) : check.error ? (
            'It could not be checked'
          ) : errors.length > 0 ? (
            <>
              <IconAlertTriangle size={15} className={s.bad} aria-hidden="true" /> {plural(errors.length, 'error')}
            </>
          ) : (
            <>
              <IconCheck size={15} className={s.good} aria-hidden="true" /> No errors
            </>
          )}
        </div>
        {check.error && <ErrorNote error={check.error} retry={() => void check.refetch()} />}
        {errors.length > 0 && (
          <ul className={s.errors}>
            {errors.map((e, i) => (
              <li key={i}>
                <button type="button" onClick={() => editor.current?.jump(e.line)}>
                  line {e.line}
                  {e.column > 1 && `, column ${e.column}`}
                </button>
                <span>{e.message}</span>
              </li>
            ))}
          </ul>
        )}
        {!readOnly && (
          <Group gap={8}>
            <Button variant={plan.data ? 'default' : 'filled'} disabled={errors.length > 0 || text === start} loading={plan.isPending} onClick={() => plan.mutate()}>
              Plan
            </Button>
            {text !== start && (
              <Button variant="default" disabled={onKeep !== undefined && text === initial} onClick={() => (onKeep ? onKeep(text) : keep.open())}>
                {onKeep ? 'Save the draft' : 'Keep as a draft'}
              </Button>
            )}
            {text !== start && (
              <Button variant="default" onClick={() => change(start)}>
                Undo all
              </Button>
            )}
          </Group>
        )}
        {text === start && !readOnly && <p className="muted">Change the text, then plan it: you see what would change, and for whom, before you apply it.</p>}
        {plan.error && <ErrorNote error={plan.error} title="It could not be planned" />}
        {plan.data && <Plan plan={plan.data} />}
        {plan.data && plan.data.errors.length === 0 && <ApplyForm yaml={text} base={base} onApplied={onApplied} />}
      </aside>
      {keeping && <SaveDraft what={{ yaml: text, base_version: base }} onClose={keep.close} />}
    </div>
  );
}

export function Plan({ plan }: { plan: ModelPlan }) {
  const looks = useLooks();
  if (plan.errors.length > 0)
    return (
      <ul className={s.errors}>
        {plan.errors.map((e, i) => (
          <li key={i}>
            line {e.line}: {e.message}
          </li>
        ))}
      </ul>
    );
  return (
    <div className={s.plan}>
      <h2>What would change</h2>
      {plan.changes.length === 0 && <p className="muted">Nothing: the text means the same.</p>}
      <ul className={s.changes}>
        {plan.changes.map((c) => (
          <li key={c.object + c.name}>
            <span className={s.kind} data-kind={c.kind}>
              {c.kind}
            </span>
            <span>
              {c.object} <b>{c.name}</b>
              {c.details.map((d) => (
                <span key={d} className={s.detail}>
                  {d}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
      {plan.impact && (
        <>
          <h2>What it would do</h2>
          <ImpactView impact={plan.impact} looks={looks} most={8} />
        </>
      )}
    </div>
  );
}
