import { Link } from '@tanstack/react-router';
import type { Maturity } from '../../../api/operate';
import { Panel } from '../../../parts/Page';
import s from './maturity.module.css';
import { pageOf } from './place';

/** What to do next: the following anchor of the two weakest dimensions. */
export function NextSteps({ m }: { m: Maturity }) {
  if (m.next.length === 0) return null;
  return (
    <Panel title="Next steps" hint="the next sentence of the two weakest dimensions">
      <ol className={s.steps}>
        {m.next.map((step) => {
          const page = pageOf(step.place);
          return (
            <li key={step.question}>
              <div className={s.stepHead}>
                <strong>{step.next}</strong>
                {page && <Link to={page}>Open {step.title}</Link>}
              </div>
              <div className={s.seen}>
                {step.title}, question {step.question}: {step.text} Now: “{step.now}”.
              </div>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
