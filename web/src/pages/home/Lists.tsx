import { Link } from '@tanstack/react-router';
import type { AccountRow, Portfolio } from '../../api/contract';
import { count } from '../../format/number';
import { Delta, MoneyText, RenewalText, Sparkline } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import { AccountName, ScoreCell } from '../accounts/columns';
import s from './home.module.css';

const SHOWN = 8;
// The server sends at most this many renewals: as many means that there may be more.
const CAP = 20;

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
              <span className={s.reason} title={sentence(reasons)}>
                {sentence(reasons)}
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

/** Reasons as one sentence. */
export function sentence(reasons: string[]): string {
  const text = reasons.join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What renews in the next 90 days, the nearest first. */
export function Renewals({ items, owner }: { items: AccountRow[]; owner: string }) {
  return (
    <Panel
      title="Renewals ahead"
      hint={items.length >= CAP ? `the next ${count(items.length)}, within 90 days` : `${count(items.length)} in 90 days`}
      className={s.renewals}
      actions={
        items.length > SHOWN && (
          <Link to="/accounts" search={{ sort: 'renewal_at', filter: 'days_to_renewal >= 0 && days_to_renewal <= 90', owner: owner === 'all' ? undefined : owner }} className={s.more}>
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
