import type { Survival, SurvivalCurve } from '../../api/churn';
import type { Estimate } from '../../api/shapes';
import { count, decimal } from '../../format/number';
import { Nothing } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import s from './churn.module.css';
import { chance, GROUPINGS, riskMonths } from './words';

type Props = { report: Survival };

const all = (report: Survival): SurvivalCurve[] => [report.all, ...report.groups];
const word = (report: Survival) => GROUPINGS.find((x) => x.value === report.by)!.one;

/** How many are watched at each time; fewer than ten say little. */
export function RiskTable({ report, shown }: Props & { shown: SurvivalCurve[] }) {
  const months = riskMonths(Math.max(0, ...shown.map((g) => g.points.at(-1)?.month ?? 0)));
  return (
    <Panel title="At risk" hint="how many are watched at that time; late entries count from the day they can be seen">
      <div className={s.scroll} role="region" aria-label="At risk" tabIndex={0}>
        <table className={s.table}>
          <thead>
            <tr>
              <th scope="col">{word(report)}</th>
              {months.map((m) => (
                <th key={m} scope="col">
                  {m === 0 ? 'month 0' : m}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[report.all, ...shown].map((g) => (
              <tr key={g.key || 'all'} data-all={g === report.all}>
                <th scope="row">{g.title}</th>
                {months.map((m) => {
                  const p = g.points.find((q) => q.month === m);
                  return (
                    <td key={m} data-thin={p?.thin}>
                      {p ? count(p.at_risk) : <Nothing why="not watched then" />}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

const monthsText = (e: Estimate, signed = false) =>
  e.value == null ? undefined : `${signed && e.value > 0 ? '+' : ''}${decimal(e.value, 1)}`;

function Months({ value, signed }: { value: Estimate; signed?: boolean }) {
  const text = monthsText(value, signed);
  if (text === undefined) return <Why text={value.why} />;
  return (
    <>
      {text}{' '}
      <span className={s.range}>
        {value.low == null ? 'from' : decimal(value.low, 1)} {value.high == null ? 'on' : `to ${decimal(value.high, 1)}`}
      </span>
    </>
  );
}

const Why = ({ text }: { text?: string }) => <span className={s.why}>{text ?? <Nothing />}</span>;

/** A year and two, the median and the mean months stayed, with their limits. */
export function GroupTable({ report }: Props) {
  const stay = (g: SurvivalCurve, month: number) => {
    const p = g.points.find((q) => q.month === month);
    if (!p || g.from_month > 0) return <Nothing why="not watched from the start to that month" />;
    return (
      <span data-thin={p.thin} title={p.thin ? 'fewer than 10 at risk' : undefined}>
        {chance(p.stay)} <span className={s.range}>{chance(p.low)} to {chance(p.high)}</span>
      </span>
    );
  };
  return (
    <Panel title="The groups" hint={report.test.p == null ? report.test.refusal : `log-rank χ² ${decimal(report.test.chi_squared, 1)} on ${report.test.df} degrees of freedom, p ${report.test.p < 0.001 ? '< 0.001' : `= ${decimal(report.test.p, 3)}`}`}>
      <div className={s.scroll} role="region" aria-label="The groups" tabIndex={0}>
        <table className={s.table}>
          <thead>
            <tr>
              <th scope="col">{word(report)}</th>
              <th scope="col">Lives</th>
              <th scope="col">seen late</th>
              <th scope="col">Ended</th>
              <th scope="col">Stay a year (95 %)</th>
              <th scope="col">Two years (95 %)</th>
              <th scope="col">Median months (95 %)</th>
              {report.restricted_to_months > 0 && (
                <>
                  <th scope="col">Mean of the first {decimal(report.restricted_to_months, 0)} months (95 %)</th>
                  <th scope="col">Difference (95 %)</th>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            {all(report).map((g) => (
              <tr key={g.key || 'all'} data-all={g === report.all}>
                <th scope="row">
                  {g.title}
                  {g.from_month > 0 && <span className={s.hint}>watched from month {decimal(g.from_month, 0)} on</span>}
                  {g.refusal && <span className={s.hint}>{g.refusal}</span>}
                </th>
                <td>{count(g.n)}</td>
                <td>{count(g.late)}</td>
                <td>{count(g.departures)}</td>
                <td>{stay(g, 12)}</td>
                <td>{stay(g, 24)}</td>
                <td>
                  <Months value={g.median_months} />
                </td>
                {report.restricted_to_months > 0 && (
                  <>
                    <td>{g === report.all ? <Nothing /> : <Months value={g.mean_months} />}</td>
                    <td>{g === report.all ? <Nothing /> : g.reference ? 'reference' : <Months value={g.difference_months} signed />}</td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

/** How lives ended: causes compete, so their shares add up. */
export function Ends({ report }: Props) {
  const causes = report.all.causes;
  if (causes.filter((c) => c.n > 0).length < 2) return null;
  const shareAt = (g: SurvivalCurve, cause: string, month: number) => {
    const p = g.from_month > 0 ? undefined : g.points.find((q) => q.month === month && !q.thin)?.ended?.find((e) => e.cause === cause);
    return p && (
      <span className={s.range}>
        {' '}
        {chance(p.share)} by month {month} ({chance(p.low)} to {chance(p.high)})
      </span>
    );
  };
  return (
    <Panel title="How they ended" hint="number, and share by then where causes compete (Aalen–Johansen)">
      <div className={s.scroll} role="region" aria-label="How they ended" tabIndex={0}>
        <table className={s.table}>
          <thead>
            <tr>
              <th scope="col">{word(report)}</th>
              {causes.map((c) => (
                <th key={c.key} scope="col">
                  {c.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all(report).map((g) => (
              <tr key={g.key || 'all'} data-all={g === report.all}>
                <th scope="row">{g.title}</th>
                {g.causes.map((c) => (
                  <td key={c.key}>
                    {count(c.n)}
                    {shareAt(g, c.key, 24) ?? shareAt(g, c.key, 12)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
