import type { MetricTrial } from '../../../api/metric';
import { day } from '../../../format/date';
import { count, percent, plural, withUnit } from '../../../format/number';
import { sparkPaths } from '../../../parts/Figures';
import s from './metric.module.css';

/** What a text would say, beside what the metric in force says. */
export function Trial({ trial: t }: { trial: MetricTrial }) {
  const value = (v: number | null | undefined) => (v == null ? 'no value' : withUnit(v, t.unit));
  return (
    <>
      <p>{t.in_words && `${t.in_words.charAt(0).toUpperCase()}${t.in_words.slice(1)}.`}</p>
      {t.account && (
        <section aria-label={`On ${t.account.name}`} className={s.account}>
          <h2>{t.account.name}</h2>
          {t.account.products.length > 0 ? (
            <ul>
              {t.account.products.map((p) => (
                <li key={p.product}>
                  {p.product}: <b>{value(p.value)}</b>
                  {t.now && <span className="muted"> now {value(p.now)}</span>}
                </li>
              ))}
            </ul>
          ) : (
            <>
              <div>
                <b className={s.value}>{value(t.account.value)}</b>
                {t.now && <span className="muted"> {t.account.value === t.account.now ? 'as now' : `now ${value(t.account.now)}`}</span>}
              </div>
              <Lines trial={t} />
            </>
          )}
        </section>
      )}
      <table className={s.compare}>
        <caption>{t.now ? `${count(t.changed)} of ${plural(t.subjects, 'value')} would change` : `A new metric of ${plural(t.subjects, 'account')}`}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="sr-only">Figure</span>
            </th>
            <th scope="col">This text</th>
            {t.now && <th scope="col">Now</th>}
          </tr>
        </thead>
        <tbody>
          <Line title="Have a value" text={percent(t.coverage)} now={t.now && percent(t.now.coverage)} />
          <Line title="A quarter below" text={value(t.distribution?.p25)} now={t.now && value(t.now.distribution?.p25)} />
          <Line title="Median" text={value(t.distribution?.p50)} now={t.now && value(t.now.distribution?.p50)} />
          <Line title="A quarter above" text={value(t.distribution?.p75)} now={t.now && value(t.now.distribution?.p75)} />
        </tbody>
      </table>
    </>
  );
}

function Line({ title, text, now }: { title: string; text: string; now?: string }) {
  return (
    <tr>
      <th scope="row">{title}</th>
      <td>{text}</td>
      {now !== undefined && <td>{now}</td>}
    </tr>
  );
}

const WIDTH = 340;
const HEIGHT = 70;

/** Half a year of the account: the text's values as a line, those of now dashed. */
function Lines({ trial: t }: { trial: MetricTrial }) {
  const series = t.account?.series ?? [];
  const all = series.flatMap((p) => [p.value, p.now]).filter((v): v is number => v != null);
  if (all.length === 0) return <p className="muted">It has had no value in half a year.</p>;
  const min = Math.min(0, ...all);
  const max = Math.max(...all, min + 1e-9);
  const first = series[0];
  const words = `Half a year from ${day(first?.at)}: this text from ${first?.value ?? 'none'} to ${series.at(-1)?.value ?? 'none'}`;
  return (
    <svg viewBox={`-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`} className={s.lines} role="img" aria-label={words}>
      {t.now && sparkPaths(series.map((p) => p.now ?? null), WIDTH, HEIGHT, min, max).map((d) => <path key={d} d={d} className={s.before} />)}
      {sparkPaths(series.map((p) => p.value ?? null), WIDTH, HEIGHT, min, max).map((d) => (
        <path key={d} d={d} className={s.line} />
      ))}
    </svg>
  );
}
