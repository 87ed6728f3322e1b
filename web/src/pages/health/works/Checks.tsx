import { IconAlertTriangle, IconCheck, IconMinus } from '@tabler/icons-react';
import type { Validation } from '../../../api/shapes';
import { day } from '../../../format/date';
import { count } from '../../../format/number';
import { Panel } from '../../../parts/Page';
import { rungShare } from './words';
import s from './works.module.css';

type Props = { report: Validation };

const RUNGS = [
  { key: 'counts', title: 'counts', from: 0 },
  { key: 'descriptive', title: 'described', from: 5 },
  { key: 'basic', title: 'ranking', from: 20 },
  { key: 'full', title: 'everything', from: 50 },
  { key: 'segments', title: 'segments', from: 200 },
];

/** How much the number of departures allows to be said. */
export function Ladder({ report }: Props) {
  const { ladder } = report;
  const at = RUNGS.findIndex((r) => r.key === ladder.state);
  return (
    <Panel title="How much may be said" hint={`${count(ladder.events)} departures`}>
      <ol className={s.ladder}>
        {RUNGS.map((r, i) => (
          <li key={r.key} data-on={i <= at} aria-current={i === at ? 'step' : undefined}>
            <span className={s.rung} aria-hidden="true">
              <span style={{ width: i < at ? '100%' : i === at ? `${Math.max(6, rungShare(ladder) * 100)}%` : 0 }} />
            </span>
            <b>{r.title}</b> from {r.from}
          </li>
        ))}
      </ol>
      <p className={s.text}>
        {ladder.allows} {ladder.next}
      </p>
      <p className={s.text}>Thresholds and methods: the documentation, under Statistics.</p>
    </Panel>
  );
}

const STATE = { held: { word: 'held', icon: IconCheck }, fired: { word: 'fired', icon: IconAlertTriangle }, not_checked: { word: 'not checked', icon: IconMinus } } as const;

/** The leak checks, which run every time. */
export function Canaries({ report }: Props) {
  return (
    <Panel title="Leak checks" hint="run every time; one that fires stops the report">
      <ul className={s.canaries}>
        {report.canaries.map((c) => {
          const look = STATE[c.state as keyof typeof STATE] ?? STATE.not_checked;
          return (
            <li key={c.key} data-state={c.state}>
              <look.icon size={16} aria-hidden="true" />
              <div>
                <b>{c.title}</b> <span className={s.state}>{look.word}</span>
                <p>{c.words}</p>
              </div>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

/** What was judged, and how. */
export function Setup({ report }: Props) {
  const t = report.setup;
  return (
    <Panel title="What was judged">
      <dl className={s.setup}>
        <dt>Outcome</dt>
        <dd>
          {t.outcome_words} {t.outcome_why}
        </dd>
        <dt>Scores</dt>
        <dd>
          {t.history === 'recorded' ? `As they were shown at the time${report.recorded_versions ? `, under model versions ${report.recorded_versions.join(', ')}` : ''}.` : `Model version ${report.model_version}, computed at each cut-off from what was known then.`}
        </dd>
        <dt>Data</dt>
        <dd>
          {day(t.data_start)} to {day(t.data_end)}; {count(t.accounts)} accounts, {count(t.rows)} times at a cut-off, {count(t.scored)} of them with a score.
        </dd>
        {t.cut_offs.length > 0 && (
          <>
            <dt>Cut-offs</dt>
            <dd>
              {count(t.cut_offs.length)}, every {t.step_days} days, from {day(t.cut_offs[0])} to {day(t.cut_offs[t.cut_offs.length - 1])}; outcomes within {t.horizon_days} days. Intervals take accounts as the unit ({count(t.bootstrap)} resamples).
            </dd>
          </>
        )}
        {t.notes.length > 0 && (
          <>
            <dt>Notes</dt>
            <dd>
              <ul>
                {t.notes.map((n) => (
                  <li key={n}>{n}</li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </dl>
    </Panel>
  );
}
