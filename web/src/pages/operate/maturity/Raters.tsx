import type { Maturity } from '../../../api/operate';
import { When } from '../../../parts/Figures';
import { Panel } from '../../../parts/Page';
import { Sheet } from '../../../parts/Sheet';
import s from './maturity.module.css';

/** Where the raters see different companies. */
export function Gaps({ m }: { m: Maturity }) {
  if (m.gaps.length === 0) {
    return (
      <Panel title="Where raters differ">
        <p className={s.note}>{m.raters.length < 2 ? 'One person has rated. Ask others too: where answers differ is where to talk.' : 'All raters agree in every question.'}</p>
      </Panel>
    );
  }
  const anchors = new Map(m.questionnaire.flatMap((d) => d.questions).map((q) => [q.number, q.anchors]));
  return (
    <Panel title="Where raters differ" hint="the widest gap first">
      <ul className={s.gaps} tabIndex={0} aria-label="Where raters differ">
        {m.gaps.slice(0, 8).map((g) => (
          <li key={g.question}>
            <strong>{g.text}</strong>
            <span className={s.seen}>
              From “{anchors.get(g.question)?.[g.low]}” to “{anchors.get(g.question)?.[g.high]}” · {g.dimension}, {g.raters} raters
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Who has rated, when, and how they see the company. */
export function Raters({ m }: { m: Maturity }) {
  const questions = m.questionnaire.flatMap((d) => d.questions);
  return (
    <Panel title="Raters" hint="each counts alike">
      <Sheet
        label="Raters"
        rows={m.raters}
        rowKey={(r) => r.user.id}
        columns={[
          { key: 'name', title: 'Rater', width: 180, render: (r) => r.user.name || 'A former user' },
          { key: 'at', title: 'Rated', width: 120, render: (r) => <When at={r.rated_at} /> },
          { key: 'level', title: 'Level', width: 150, render: (r) => (r.result.level ? `${r.result.level} ${r.result.level_title}` : '–') },
          { key: 'answered', title: 'Answered', width: 90, align: 'right', render: (r) => `${Object.keys(r.answers).length} of ${questions.length}` },
          {
            key: 'notes',
            title: 'In their words',
            wide: true,
            render: (r) =>
              Object.entries(r.notes)
                .map(([n, words]) => `${n}: ${words}`)
                .join(' · ') || <span className="muted">no notes</span>,
          },
        ]}
      />
    </Panel>
  );
}
