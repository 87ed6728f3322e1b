import { Button, Group, Radio, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { rate, useMaturity, type Maturity, type MaturityRater } from '../../../api/operate';
import { plural } from '../../../format/number';
import { ErrorNote } from '../../../parts/States';
import s from './maturity.module.css';

/** The questionnaire. It starts from one's last answers, and may be saved with questions open. */
export function RateForm({ maturity, mine }: { maturity: Maturity; mine?: MaturityRater }) {
  const navigate = useNavigate();
  const save = useMaturity(rate);
  const [answers, setAnswers] = useState<Record<string, number>>(mine?.answers ?? {});
  const [notes, setNotes] = useState<Record<string, string>>(mine?.notes ?? {});
  const questions = maturity.questionnaire.flatMap((d) => d.questions);
  const open = questions.filter((q) => answers[q.number] === undefined).length;
  const back = () => navigate({ to: '/operate/maturity', search: {} as never });
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    save.mutate(
      { answers, notes },
      {
        onSuccess: () => {
          notifications.show({ message: open > 0 ? `Saved with ${plural(open, 'question')} open: come back when you like.` : 'Your rating counts from now.' });
          void back();
        },
      },
    );
  };
  const seen = new Map(maturity.seen.map((x) => [x.dimension, x.words]));
  return (
    <form className={s.form} onSubmit={submit}>
      <p className={s.why}>Choose the sentence that describes the company as it is, not as it is meant to be. The highest that is true in full counts.</p>
      {maturity.questionnaire.map((d) => (
        <section key={d.key} className={s.dimension} aria-labelledby={`d-${d.key}`}>
          <h2 id={`d-${d.key}`}>{d.title}</h2>
          {seen.has(d.key) && <p className={s.seen}>What Kept sees: {seen.get(d.key)}</p>}
          {d.questions.map((q) => (
            <div key={q.number} className={s.question}>
              <Radio.Group label={`${q.number}. ${q.text}`} value={answers[q.number] === undefined ? '' : String(answers[q.number])} onChange={(v) => setAnswers({ ...answers, [q.number]: Number(v) })}>
                <div className={s.anchors}>
                  {q.anchors.map((anchor, i) => (
                    <Radio key={i} size="xs" value={String(i)} label={anchor} />
                  ))}
                  <Radio size="xs" value="-1" label="Does not apply to us" />
                </div>
              </Radio.Group>
              <Textarea
                aria-label={`Note on question ${q.number}`}
                placeholder="What makes you say so? (optional)"
                size="xs"
                autosize
                minRows={1}
                maxLength={2000}
                value={notes[q.number] ?? ''}
                onChange={(e) => setNotes({ ...notes, [q.number]: e.currentTarget.value })}
              />
            </div>
          ))}
        </section>
      ))}
      {save.error && <ErrorNote error={save.error} title="Your rating was not saved" />}
      <Group className={s.foot} justify="space-between">
        <span className="muted">{open === 0 ? 'All questions are answered' : `${questions.length - open} of ${questions.length} answered`}</span>
        <Group gap={8}>
          <Button variant="default" onClick={() => void back()}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={open === questions.length}>
            {open > 0 ? 'Save, and go on later' : 'Save'}
          </Button>
        </Group>
      </Group>
    </form>
  );
}
