import { IconAlertTriangle, IconCircleCheck, IconHelpCircle } from '@tabler/icons-react';
import type { Validation } from '../../../api/shapes';
import { count } from '../../../format/number';
import { evidenceWord, markOf } from './words';
import s from './works.module.css';

/** The sentence that a leader reads first, and what carries it. */
export function Answer({ report }: { report: Validation }) {
  const mark = markOf(report);
  const Icon = mark.tone === 'good' ? IconCircleCheck : mark.tone === 'bad' ? IconAlertTriangle : IconHelpCircle;
  const auc = report.metrics.auc;
  return (
    <section className={s.answer} data-tone={mark.tone}>
      <div className={s.marks}>
        <span className={s.mark} data-tone={mark.tone}>
          <Icon size={16} aria-hidden="true" /> {mark.word}
        </span>
        {report.status === 'ok' && (
          <span className={s.badge} title="What kind of evidence this is, and how much of it">
            {evidenceWord(auc.evidence)} · {count(report.ladder.events)} departures · {count(report.setup.scored)} accounts at a cut-off
          </span>
        )}
      </div>
      <h2 className={s.headline}>{report.headline}</h2>
      {report.refusal && (
        <p className={s.refusal} role={report.status === 'stopped' ? 'alert' : undefined}>
          {report.refusal}
        </p>
      )}
      {report.sentences.length > 0 && (
        <ul className={s.sentences}>
          {report.sentences.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
