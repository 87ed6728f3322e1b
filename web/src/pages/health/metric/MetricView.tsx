import { Link } from '@tanstack/react-router';
import type { MetricDetail } from '../../../api/metric';
import { count, decimal, percent, plural, withUnit } from '../../../format/number';
import { Panel } from '../../../parts/Page';
import { UsedBy } from '../UsedBy';
import s from './metric.module.css';
import { SpreadPlot, TrendPlot } from './Plots';

/** What a metric says of the accounts: how it spreads, how it moved, what it stands on, who reads it. */
export function MetricView({ metric: m }: { metric: MetricDetail }) {
  const subject = m.per === 'relationship' ? 'product line' : 'account';
  const facts = [
    { title: `Have a value`, value: percent(m.coverage), why: `${count(Math.round(m.coverage * m.subjects))} of ${plural(m.subjects, subject)}` },
    { title: 'Median', value: m.distribution ? withUnit(m.distribution.p50, m.unit) : '–', why: m.distribution ? `half are between ${withUnit(m.distribution.p25, m.unit)} and ${withUnit(m.distribution.p75, m.unit)}` : 'no account has a value' },
    {
      title: 'Age of the data',
      value: m.ages ? `${decimal(m.ages.p50, 0)} d` : '–',
      why: m.ages ? `the newest behind a value; 5 in 100 are older than ${decimal(m.ages.p95, 0)} days` : 'it counts up to the instant and does not age',
    },
  ];
  return (
    <div className={s.page}>
      <section aria-label="Meaning">
        <p className={s.words}>{capital(m.in_words)}.</p>
        {m.description && <p className={s.description}>{m.description}</p>}
      </section>
      <dl className={s.figures}>
        {facts.map((f) => (
          <div key={f.title}>
            <dt>{f.title}</dt>
            <dd>{f.value}</dd>
            <dd className={s.why}>{f.why}</dd>
          </div>
        ))}
      </dl>
      {m.distribution ? (
        <div className={s.two}>
          <SpreadPlot bins={m.histogram} unit={m.unit} title={`Half of the ${subject}s are at ${withUnit(m.distribution.p50, m.unit)} or below`} name={m.name} subject={subject} />
          <TrendPlot m={m} />
        </div>
      ) : (
        <p className={s.words}>Nothing to draw: no {subject} has a value on this day. The events or attributes that it reads have not come in, or its conditions leave everybody out.</p>
      )}
      <div className={s.two}>
        <Panel title="Where it is used">
          <div className={s.body}>
            {m.used_by.length + m.segments.length === 0 ? (
              <p className={s.why}>Nowhere: no scorecard, segment or other metric reads it.</p>
            ) : (
              <UsedBy names={[...m.used_by, ...m.segments.map((key) => `segment ${key}`)]} />
            )}
          </div>
        </Panel>
        <Panel title="Definition">
          <dl className={s.definition}>
            {definition(m).map(([key, value]) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <div className={s.body}>
            <Link to="/health/metrics/$name" params={{ name: m.name }} search={{ edit: true }} className={s.link}>
              Edit the text and try it on an account
            </Link>
          </div>
        </Panel>
      </div>
    </div>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The declared keys with their values, in the order of the language. */
function definition(m: MetricDetail): [string, string][] {
  const keys = ['kind', 'unit', 'events', 'where', 'closed_by', 'match', 'p', 'by', 'window', 'offset', 'includes', 'time_zone', 'product', 'of', 'over', 'as', 'from', 'take', 'within', 'when_zero', 'when_missing', 'field', 'gap', 'key', 'expr', 'empty', 'scale', 'tenure', 'min_tenure', 'only', 'history', 'precision', 'per'] as const;
  return keys.flatMap((key) => {
    const value = m[key];
    if (value === undefined || value === null || value === '') return [];
    return [[key.replaceAll('_', ' '), Array.isArray(value) ? value.join(', ') : String(value)] as [string, string]];
  });
}
