import { IconAlertTriangle, IconClockHour4 } from '@tabler/icons-react';
import type { AccountHealth, Contribution } from '../../api/contract';
import { ExplainButton } from '../../explain/ExplainButton';
import { addsUp, addUp } from '../../format/addup';
import { decimal, fixed, percent, signed, withUnit } from '../../format/number';
import { Nothing } from '../../parts/Figures';
import { grouped } from './grouped';
import s from './health.module.css';

type Shown = { part: Contribution; points: number };

/** Every measure with its points; the figures shown add up to the score shown. */
export function Contributions({ health, account }: { health: AccountHealth; account: string }) {
  const { result } = health;
  const exact = [...result.contributions.map((c) => c.points), ...result.adjustments.map((a) => a.points)];
  const total = result.score ?? exact.reduce((a, b) => a + b, 0);
  const shown = addUp(exact, total, 1);
  const rows: Shown[] = result.contributions.map((part, i) => ({ part, points: shown[i]! }));
  const adjusted = result.adjustments.map((a, i) => ({ ...a, shown: shown[result.contributions.length + i]! }));
  const subtotal = rows.reduce((sum, r) => sum + r.points, 0);
  const loss = result.contributions.reduce((sum, c) => sum + c.loss, 0);
  const groups = grouped(rows, (r) => r.part.group);
  return (
    <div className={s.scroll} tabIndex={0} role="region" aria-label="Contributions, scroll sideways">
      <table className={s.table}>
        <caption className="sr-only">Measures of the scorecard with value, score, weight and points</caption>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col">Value</th>
            <th scope="col">Score</th>
            <th scope="col" title="What the scorecard says, and what it is after missing weights are shared out">
              Weight
            </th>
            <th scope="col" className={s.pointsHead}>
              Points
            </th>
            <th scope="col">Loss</th>
            <th scope="col">Data age</th>
          </tr>
        </thead>
        {groups.map(([group, members]) => {
          const sum = members.reduce((a, m) => a + m.points, 0);
          const weight = members.reduce((a, m) => a + m.part.effective, 0);
          const lost = members.reduce((a, m) => a + m.part.loss, 0);
          return (
            <tbody key={group}>
              <tr className={s.group}>
                <th scope="rowgroup" colSpan={3}>
                  {members[0]!.part.group_title || group}
                </th>
                <td>{percent(weight)}</td>
                <td>{fixed(sum, 1)}</td>
                <td>{fixed(lost, 1)}</td>
                <td />
              </tr>
              {members.map((m) => (
                <Row key={m.part.measure} {...m} account={account} />
              ))}
            </tbody>
          );
        })}
        <tfoot>
          {adjusted.length > 0 && (
            <>
              <tr className={s.sum}>
                <td colSpan={4}>Sum of the measures</td>
                <td>{fixed(subtotal, 1)}</td>
                <td>{fixed(loss, 1)}</td>
                <td />
              </tr>
              {adjusted.map((a) => (
                <tr key={a.kind + a.key}>
                  <td colSpan={4} className={s.adjust}>
                    {a.why}
                  </td>
                  <td>{a.shown === 0 ? '±0' : signed(a.shown, 1)}</td>
                  <td />
                  <td />
                </tr>
              ))}
            </>
          )}
          <tr className={s.total}>
            <td colSpan={4}>Score{result.score != null && adjusted.length === 0 && <span className={s.sumHint}> = the sum of the points above</span>}</td>
            <td>{result.score == null ? <Nothing why="no score" /> : fixed(result.score, 1)}</td>
            <td>{adjusted.length === 0 && result.score != null && <span title="100 minus the score">{fixed(loss, 1)}</span>}</td>
            <td />
          </tr>
        </tfoot>
      </table>
      {result.score != null && !addsUp(exact, result.score) && (
        <p className={s.mismatch} role="alert">
          <IconAlertTriangle size={14} aria-hidden="true" /> The parts do not add up to the score. Please report this with the address of the page.
        </p>
      )}
    </div>
  );
}

function Row({ part: c, points, account }: Shown & { account: string }) {
  const shifted = Math.abs(c.effective - c.nominal) > 0.0005;
  const counts = c.score != null && c.effective > 0;
  return (
    <tr data-off={!counts}>
      <th scope="row">
        <ExplainButton target={{ account, measure: c.measure }} label={`Explain ${c.title}`}>
          {c.title || c.measure}
        </ExplainButton>
        {c.why && <span className={s.note}>does not count: {c.why}</span>}
        {c.assumed && <span className={s.note}>no value: counts as {decimal(c.score, 0)}, as the scorecard says</span>}
      </th>
      <td>
        {c.metric ? (
          <ExplainButton target={{ account, metric: c.metric }} label={`Explain ${c.metric_title}`}>
            {c.value == null ? <Nothing /> : withUnit(c.value, c.unit)}
          </ExplainButton>
        ) : (
          <span title={c.case}>{c.case ? 'a condition holds' : <Nothing />}</span>
        )}
      </td>
      <td>{c.score == null ? <Nothing why="does not count" /> : decimal(c.score, 0)}</td>
      <td>
        {shifted && <s className={s.nominal}>{percent(c.nominal, 1)}</s>} {percent(c.effective, 1)}
      </td>
      <td>
        <span className={s.points}>
          <span className={s.track} aria-hidden="true" style={{ width: `${Math.min(52, c.effective * 340)}px` }}>
            <span style={{ width: `${c.score ?? 0}%` }} />
          </span>
          {fixed(points, 1)}
        </span>
      </td>
      <td className={s.lossCell}>{c.loss >= 0.05 ? fixed(c.loss, 1) : <Nothing why="nothing lost" />}</td>
      <td className={c.stale ? s.stale : undefined}>
        {c.stale && <IconClockHour4 size={13} aria-label="stale" />} {c.age_days == null ? <span className="muted">now</span> : `${decimal(c.age_days, 0)} d`}
      </td>
    </tr>
  );
}
