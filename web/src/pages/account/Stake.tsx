import { Link } from '@tanstack/react-router';
import type { AccountDetail } from '../../api/contract';
import { ExplainButton } from '../../explain/ExplainButton';
import { day } from '../../format/date';
import { count, percent, plural } from '../../format/number';
import { Bar, MoneyText, Nothing, RenewalText } from '../../parts/Figures';
import { RiskLine } from '../churn/AccountRisk';
import s from './account.module.css';

/** ARR and seats by product line, the renewal, and what they do not have yet. */
export function Stake({ detail, asOf }: { detail: AccountDetail; asOf?: string }) {
  const lines = detail.relationships;
  return (
    <div className={s.stakeBody}>
      <div className={s.stakeLine}>
        <ExplainButton target={{ account: detail.id, metric: 'arr' }} label="Explain the ARR">
          <span className={s.stakeBig}>
            <MoneyText value={detail.arr} />
          </span>
        </ExplainButton>
        <span className="muted">ARR</span>
        <span className={s.grow} />
        {detail.renewal_at ? (
          <span>
            renews {day(detail.renewal_at)}, <RenewalText at={detail.renewal_at} days={detail.days_to_renewal} />
          </span>
        ) : (
          <span className="muted">no renewal ahead</span>
        )}
      </div>
      <RiskLine account={detail.id} asOf={asOf} />
      {lines.length > 0 ? (
        <table className={s.lines}>
          <thead>
            <tr>
              <th scope="col">Product</th>
              <th scope="col">ARR</th>
              <th scope="col">Active of seats</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((l) => (
              <tr key={l.product.id}>
                <th scope="row">
                  <Link to="/accounts/$accountId/$tab" params={{ accountId: detail.id, tab: 'usage' }} search={{ product: l.product.key }}>
                    {l.product.name}
                  </Link>
                </th>
                <td>
                  <MoneyText value={l.arr} />
                </td>
                <td>{l.seats ? <Bar share={l.active_users == null ? null : l.active_users / l.seats} text={l.active_users == null ? undefined : `${count(l.active_users)} of ${count(l.seats)}`} /> : l.active_users != null ? <span title="no seats are sold">{count(l.active_users)} active</span> : <Nothing why="no seats and no usage" />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className={s.none}>No product line is recorded for this account.</p>
      )}
      {detail.whitespace.length > 0 && (
        <p className={s.white}>
          Does not have {detail.whitespace.map((p) => p.name).join(', ')} yet.
        </p>
      )}
      {detail.children.length > 0 && (
        <p className={s.white}>
          <Link to="/accounts/$accountId/$tab" params={{ accountId: detail.id, tab: 'hierarchy' }}>
            {plural(detail.children.length, 'account')} below
          </Link>
          :{' '}
          {detail.children.slice(0, 4).map((c, i) => (
            <span key={c.id}>
              {i > 0 && ', '}
              <Link to="/accounts/$accountId" params={{ accountId: c.id }}>
                {c.name}
              </Link>
            </span>
          ))}
          {detail.children.length > 4 && ' …'}
        </p>
      )}
      {detail.coverage < 0.8 && <p className={s.white}>Health covers {percent(detail.coverage)} of its weight: some data are missing.</p>}
    </div>
  );
}
