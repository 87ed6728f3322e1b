import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { ChurnRow } from '../../api/churn';
import { day } from '../../format/date';
import { BandChip } from '../../parts/BandChip';
import { MoneyText, Nothing, RenewalText } from '../../parts/Figures';
import { AccountName } from '../accounts/columns';
import s from './churn.module.css';
import { Evidence, Probability } from './Probability';
import type { SortKey } from './search';

type Props = { rows: ChurnRow[]; days: number; renewing: boolean; sort: string; onSort: (key: SortKey) => void };

/** Accounts with their renewal and how probable it is that they leave by it. */
export function AccountTable({ rows, days, renewing, sort, onSort }: Props) {
  const head = { sort, onSort };
  return (
    <div className={s.scroll} role="region" aria-label="Accounts" tabIndex={0}>
      <table className={`${s.table} ${s.accounts}`}>
        <thead>
          <tr>
            <Head {...head} by="name" title="Account" />
            <Head {...head} by="score" title="Health" />
            <th scope="col" className={s.left}>
              Segment
            </th>
            <th scope="col" className={s.left}>
              Owner
            </th>
            <Head {...head} by="arr" title="ARR" />
            <Head {...head} by="renewal_at" title="Term ends" />
            {renewing && <Head {...head} by="probability" title="Leaves by then (95 %)" />}
            {renewing ? <th scope="col">Within {days} days (95 %)</th> : <Head {...head} by="probability" title={`Leaves within ${days} days (95 %)`} />}
            <th scope="col" className={s.left}>
              Evidence
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.id}>
              <th scope="row">
                <AccountName row={r} />
              </th>
              <td>
                <BandChip band={r.band} score={r.score} />
              </td>
              <td className={s.left}>{r.segment?.title ?? <Nothing />}</td>
              <td className={s.left}>{r.owner?.name ?? <Nothing why="no owner" />}</td>
              <td>
                <MoneyText value={r.arr} />
              </td>
              <td>
                {r.renewal ? (
                  <>
                    <RenewalText at={r.renewal.at} days={r.renewal.days} />
                    {r.renewal.notice && (
                      <span className={s.notice} title="What ends then will not renew by itself">
                        no auto-renewal
                      </span>
                    )}
                    {r.renewal.bound_until && <span className={s.hint}>others until {day(r.renewal.bound_until)}</span>}
                  </>
                ) : (
                  <Nothing why="no end is agreed" />
                )}
              </td>
              {renewing && (
                <td>
                  <b>{r.renewal ? <Probability value={r.renewal.probability} why={r.refusal} /> : <Nothing />}</b>
                </td>
              )}
              <td>
                <Probability value={r.probability} why={r.refusal} />
              </td>
              <td className={s.left}>
                <Evidence value={r.probability} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head({ by, title, sort, onSort }: { by: SortKey; title: string; sort: string; onSort: (key: SortKey) => void }) {
  const on = sort.replace(/^-/, '') === by;
  const down = sort.startsWith('-');
  const Arrow = down ? IconArrowDown : IconArrowUp;
  return (
    <th scope="col" aria-sort={on ? (down ? 'descending' : 'ascending') : undefined}>
      <button type="button" className={s.sort} onClick={() => onSort(by)}>
        {title}
        {on && <Arrow size={12} aria-hidden="true" />}
      </button>
    </th>
  );
}
