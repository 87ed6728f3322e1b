import { Link } from '@tanstack/react-router';
import type { AccountRow, Portfolio } from '../../api/contract';
import { count } from '../../format/number';
import { Delta, MoneyText, RenewalText, Sparkline } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import { AccountName, ScoreCell } from '../accounts/columns';
import { RenewalChance, useRenewalChances } from '../churn/RenewalChance';
import s from './home.module.css';

const SHOWN = 8;

/** The accounts most worth a look, with the reasons in words. */
export function Risks({ items }: { items: Portfolio['risks'] }) {
  return (
    <Panel title="Needs attention" hint="and why" className={s.risks}>
      {items.length === 0 ? (
        <p className={s.none}>No account stands out. Well kept.</p>
      ) : (
        <ul className={s.list}>
          {items.slice(0, SHOWN - 1).map(({ account, reasons }) => (
            <li key={account.id} className={s.risk}>
              <span className={s.name}>
                <AccountName row={account} />
              </span>
              <ScoreCell row={account} />
              <span className={s.reason} title={reasons.join(' · ')}>
                {reasons.join(' · ')}
              </span>
              <span className={`${s.right} ${s.wide}`}>
                <RenewalText at={account.renewal_at} days={account.days_to_renewal} />
              </span>
              <span className={s.right}>
                <MoneyText value={account.arr} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** What renews in the next 90 days, the nearest first. */
export function Renewals({ items, total, owner, asOf }: { items: AccountRow[]; total: number; owner: string; asOf?: string }) {
  const chances = useRenewalChances(owner, asOf);
  return (
    <Panel
      title="Renewals ahead"
      hint={`${count(total)} in 90 days; last: the chance that they leave by then`}
      className={s.renewals}
      actions={
        total > SHOWN && (
          <Link to="/health/churn" search={{ owner: owner === 'all' ? undefined : owner }} className={s.more}>
            All
          </Link>
        )
      }
    >
      {items.length === 0 ? (
        <p className={s.none}>Nothing renews in the next 90 days.</p>
      ) : (
        <ul className={s.list}>
          {items.slice(0, SHOWN).map((a) => (
            <li key={a.id} className={s.renewal}>
              <span className={s.name}>
                <AccountName row={a} />
              </span>
              <ScoreCell row={a} />
              <span className={s.wide}>
                <Sparkline values={a.spark} color={a.band?.color} width={88} height={16} />
              </span>
              <span className={s.right}>
                <MoneyText value={a.arr} />
              </span>
              <span className={s.right}>
                <RenewalText at={a.renewal_at} days={a.days_to_renewal} />
              </span>
              <span className={s.right}>
                <RenewalChance row={chances.get(a.id)} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** The largest changes of score in 30 days, one way. */
export function Movers({ direction, items, owner }: { direction: 'up' | 'down'; items: AccountRow[]; owner: string }) {
  const shown = items.filter((a) => a.delta_30 != null && (direction === 'up' ? a.delta_30 > 0 : a.delta_30 < 0)).slice(0, SHOWN);
  return (
    <Panel
      title={direction === 'down' ? 'Falling' : 'Rising'}
      hint="points in 30 days"
      className={direction === 'down' ? s.down : s.up}
      actions={
        <Link to="/accounts" search={{ sort: direction === 'down' ? 'delta_30' : '-delta_30', owner: owner === 'all' ? undefined : owner }} className={s.more}>
          All
        </Link>
      }
    >
      {shown.length === 0 ? (
        <p className={s.none}>No score {direction === 'down' ? 'fell' : 'rose'} in 30 days.</p>
      ) : (
        <ul className={s.list}>
          {shown.map((a) => (
            <li key={a.id} className={s.mover}>
              <span className={s.name}>
                <AccountName row={a} />
              </span>
              <ScoreCell row={a} />
              <span className={s.right}>
                <Delta value={a.delta_30} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
