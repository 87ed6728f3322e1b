import { Select, Switch } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { driversQuery, type Driver, type DriverReport } from '../../../api/drivers';
import { metricsQuery } from '../../../api/queries';
import { count, decimal } from '../../../format/number';
import { Panel } from '../../../parts/Page';
import { ErrorNote, Rows } from '../../../parts/States';
import { useAsOf } from '../../../url/useAsOf';
import { HorizonSelect } from '../works/HorizonSelect';
import works from '../works/works.module.css';
import s from './drivers.module.css';
import { lagBars, lagWords, qOf, qWords } from './words';

/** Which metrics predict who leaves, or another outcome; never what causes it. */
export function DriversPage() {
  const search = useSearch({ from: '/app/health/drivers' });
  const navigate = useNavigate({ from: '/health/drivers' });
  const { asOf } = useAsOf();
  const metrics = useQuery(metricsQuery).data?.items ?? [];
  const query = useQuery({ ...driversQuery({ outcome: search.outcome, horizon: search.outcome ? undefined : search.horizon, as_of: asOf }), placeholderData: keepPreviousData });
  const report = query.data;
  return (
    <>
      <div className={`${works.controls} no-print`} role="group" aria-label="What is asked">
        <Select
          label="What predicts"
          size="xs"
          w={260}
          searchable
          allowDeselect={false}
          value={search.outcome ?? 'left'}
          data={[{ value: 'left', label: 'who leaves' }, ...metrics.map((m) => ({ value: m.name, label: m.title || m.name })), ...(search.outcome && !metrics.some((m) => m.name === search.outcome) ? [{ value: search.outcome, label: search.outcome }] : [])]}
          onChange={(v) => void navigate({ search: (old) => ({ ...old, outcome: v === 'left' ? undefined : (v ?? undefined) }), replace: true })}
        />
        {!search.outcome && (
          <HorizonSelect horizon={search.horizon} onChange={(horizon) => void navigate({ search: (old) => ({ ...old, horizon }), replace: true })} />
        )}
        <Switch
          className={s.all}
          label="Also what is not shown to predict"
          checked={search.all ?? false}
          onChange={(e) => {
            const all = e.currentTarget.checked || undefined;
            void navigate({ search: (old) => ({ ...old, all: all as true | undefined }), replace: true });
          }}
        />
      </div>
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} title="The drivers could not be searched" />
      ) : !report ? (
        <>
          <p className={works.wait} role="status">
            Every metric is tried at every lag. With many accounts this takes some seconds.
          </p>
          <Rows n={12} />
        </>
      ) : (
        <div className={works.page} data-old={query.isPlaceholderData} aria-busy={query.isPlaceholderData}>
          <Answer report={report} />
          {!report.refusal && <DriverTable report={report} all={search.all ?? false} />}
        </div>
      )}
    </>
  );
}

function Answer({ report }: { report: DriverReport }) {
  return (
    <section className={works.answer} data-tone={report.refusal ? 'open' : 'good'}>
      {!report.refusal && (
        <span className={works.badge} title="What kind of evidence this is, and how much of it">
          predicts · {report.departures ? `${count(report.departures)} departures · ` : ''}
          {count(report.accounts)} accounts · {count(report.tests)} tests
        </span>
      )}
      <h2 className={works.headline}>{report.headline}</h2>
      {report.refusal && <p className={works.refusal}>{report.refusal}</p>}
      <ul className={works.sentences}>
        {report.notes.map((n) => (
          <li key={n}>{n}</li>
        ))}
        {!report.refusal && <li>Among those that are said to predict, about one in twenty may be chance. To predict is not to cause: only a programme with a holdout tells that.</li>}
      </ul>
    </section>
  );
}

function DriverTable({ report, all }: { report: DriverReport; all: boolean }) {
  const rows = report.drivers.filter((d) => all || d.verdict === 'predicts');
  const left = report.outcome === 'left';
  if (rows.length === 0) return null;
  return (
    <Panel title="Metrics" hint={left ? 'the effect is on the odds of leaving' : `the effect is on changes of ${report.outcome_title}`}>
      <div className={works.scroll} tabIndex={0} role="region" aria-label="Drivers">
        <table className={works.table}>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col">Says most</th>
              <th scope="col">{left ? 'Odds, times (95 %)' : 'Effect (95 %)'}</th>
              <th scope="col" title="The chance that it is a false discovery, after all metrics and lags that were tried">
                q
              </th>
              <th scope="col">{left ? 'Gain by lead' : 'Correlation by lag'}</th>
              <th scope="col" className={works.left}>
                In words
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((d) => (
              <Row key={d.metric} d={d} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Row({ d }: { d: Driver }) {
  const e = d.effect;
  return (
    <tr>
      <th scope="row">
        <Link to="/health/metrics/$name" params={{ name: d.metric }}>
          {d.title}
        </Link>
      </th>
      <td>{d.verdict === 'unusable' ? '–' : lagWords(d.lag_days)}</td>
      <td title={e.method}>
        {e.value == null ? (
          <span className={works.why}>{e.why}</span>
        ) : (
          <>
            {decimal(e.value, 2)} <span className={works.range}>{e.low != null && e.high != null && `${decimal(e.low, 2)} to ${decimal(e.high, 2)}`}</span>
          </>
        )}
      </td>
      <td>{qWords(qOf(d))}</td>
      <td>
        <Bars d={d} />
      </td>
      <td className={`${works.left} ${s.words}`}>{d.words}</td>
    </tr>
  );
}

/** What a metric says at each lag; filled where it is said to predict. */
function Bars({ d }: { d: Driver }) {
  const bars = lagBars(d);
  if (bars.length === 0) return <>–</>;
  const label = d.lags.map((l) => `${lagWords(l.days)} ${l.value == null ? 'none' : decimal(l.value, 3)}`).join(', ');
  return (
    <svg className={s.bars} viewBox={`0 0 ${bars.length * 12} 24`} width={bars.length * 12} height={24} role="img" aria-label={label}>
      <title>{label}</title>
      <line x1="0" x2={bars.length * 12} y1="12" y2="12" />
      {bars.map((b, i) => (
        <rect key={b.days} x={i * 12 + 2} width="8" y={b.height >= 0 ? 12 - b.height * 11 : 12} height={Math.max(0.5, Math.abs(b.height) * 11)} data-sure={b.sure} />
      ))}
    </svg>
  );
}
