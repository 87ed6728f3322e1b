import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { accountChurnQuery, type AccountChurn } from '../../api/churn';
import { day } from '../../format/date';
import { count, decimal, percent } from '../../format/number';
import { Panel } from '../../parts/Page';
import { ErrorNote, Rows } from '../../parts/States';
import s from './churn.module.css';
import { Evidence, Probability } from './Probability';
import { chance, chanceText, effectText } from './words';

/** One line for the summary: the probability with what it rests on, or why there is none. */
export function RiskLine({ account, asOf }: { account: string; asOf?: string }) {
  const query = useQuery(accountChurnQuery(account, asOf));
  const risk = query.data;
  if (query.error || !risk || risk.state === 'no_customer') return null;
  if (risk.state === 'calculating') {
    return (
      <p className={s.line} role="status">
        How probable it is that they leave is being calculated …
      </p>
    );
  }
  if (risk.state !== 'ready') return <p className={s.line}>{risk.refusal}</p>;
  const by = risk.renewal?.probability;
  // By the renewal says more only where it says something else.
  const other = by?.value != null && Math.abs(by.value - risk.probability.value!) > 0.15 * risk.probability.value!;
  return (
    <p className={s.line}>
      Leaves within {risk.horizon_days} days: <Probability value={risk.probability} /> <Evidence value={risk.probability} />
      {other && <> · by {day(risk.renewal!.at)}, when a term ends: {chanceText(by)}</>}
    </p>
  );
}

/** How probable it is that the account leaves, month by month, what moves it, and what speaks for it. */
export function AccountRisk({ account, asOf, className }: { account: string; asOf?: string; className?: string }) {
  const query = useQuery(accountChurnQuery(account, asOf));
  return (
    <Panel
      title="How probable it is that they leave"
      hint={query.data ? `within ${query.data.horizon_days} days` : undefined}
      className={className}
      actions={
        <Link to="/health/churn" className={s.more}>
          The forecast
        </Link>
      }
    >
      {query.error ? <ErrorNote error={query.error} retry={() => void query.refetch()} /> : query.data ? <Risk risk={query.data} /> : <Rows n={4} />}
    </Panel>
  );
}

function Risk({ risk }: { risk: AccountChurn }) {
  const f = risk.forecast;
  if (risk.state === 'calculating') {
    return (
      <>
        <p className={s.text} role="status">
          Being calculated: the forecast is learned from the past of all accounts, and tested. This takes some seconds.
        </p>
        <Rows n={3} />
      </>
    );
  }
  if (risk.state !== 'ready') {
    return (
      <div className={s.refused} role={risk.state === 'stopped' ? 'alert' : undefined}>
        <p>{risk.refusal}</p>
        {f && f.base_rate.value != null && risk.state === 'refused' && (
          <p className="muted">
            Of all accounts, {chanceText(f.base_rate)} left within {risk.horizon_days} days of a cut-off ({count(f.base_rate.events)} of {count(f.base_rate.n)}).
          </p>
        )}
      </div>
    );
  }
  const by = risk.renewal;
  return (
    <div className={s.risk}>
      <div className={s.riskHead}>
        <span className={s.big}>{chance(risk.probability.value!)}</span>
        <div>
          <div>
            95 %: {chance(risk.probability.low!)} to {chance(risk.probability.high!)} <Evidence value={risk.probability} />
          </div>
          <div className="muted">
            learned from {count(risk.probability.events)} departures among {count(risk.probability.n)} snapshots
          </div>
        </div>
      </div>
      {by && (
        <p className={s.text}>
          {by.bound_until ? (
            <>
              A subscription ends on {day(by.at)}, others run until {day(by.bound_until)}: only then can they leave as a whole.
            </>
          ) : (
            <>
              The term ends on {day(by.at)}
              {by.notice && ' and will not renew by itself'}.
            </>
          )}{' '}
          {by.probability.value != null ? <>By then: {chanceText(by.probability)}.</> : by.probability.why}
        </p>
      )}
      <div className={s.scroll} role="region" aria-label="Month by month" tabIndex={0}>
        <table className={s.table}>
          <thead>
            <tr>
              <th scope="col">In days</th>
              <th scope="col">Term ends</th>
              <th scope="col">Leaves in it</th>
              <th scope="col">Has left by its end (95 %)</th>
            </tr>
          </thead>
          <tbody>
            {risk.months.map((m) => (
              <tr key={m.month}>
                <th scope="row">
                  {decimal(m.from_days, 0)} to {decimal(m.to_days, 0)}
                </th>
                <td>{m.due ? 'yes' : 'no'}</td>
                <td>{chance(m.hazard)}</td>
                <td>
                  {chance(m.left)} <span className={s.range}>{chance(m.low)} to {chance(m.high)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {risk.effects.length > 0 && (
        <>
          <h3 className={s.small}>Factor on the odds against the usual account, in its riskiest month</h3>
          <ul className={s.effects}>
            {risk.effects.map((e) => {
              const one = effectText(e);
              return (
                <li key={e.key}>
                  <b>{one.factor}</b> {one.text}
                </li>
              );
            })}
          </ul>
        </>
      )}
      {f && (
        <p className={s.text}>
          {f.auc.value != null && <>Back-test: AUC {decimal(f.auc.value)} ({decimal(f.auc.low)} to {decimal(f.auc.high)}) on {count(f.auc.events)} departures that lay ahead of what it knew. </>}
          {f.base_rate.value != null && <>Of all, {percent(f.base_rate.value, 1)} left. </>}
          It predicts; it does not say what would help.
        </p>
      )}
    </div>
  );
}
