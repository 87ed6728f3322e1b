import type { Comparison } from '../../../api/compare';
import { day } from '../../../format/date';
import { moneyShort } from '../../../format/money';
import { count, decimal, plural, signed } from '../../../format/number';
import { BandShape } from '../../../parts/BandChip';
import { bandColor } from '../../../parts/band';
import { Delta, MoneyText, Nothing } from '../../../parts/Figures';
import { Panel } from '../../../parts/Page';
import s from './compare.module.css';
import type { CompareSearch } from './search';
import { originWords } from './words';

type Props = { data: Comparison; live: boolean; search: CompareSearch; set: (change: Partial<CompareSearch>) => void };

/** Both days in figures: how many, how much, how well. */
export function Figures({ data, search, set }: Props) {
  const { before, after, better, worse, came, left } = data;
  const picked = (move: CompareSearch['move']) => search.move === move;
  const pick = (move: CompareSearch['move']) => set({ from: undefined, to: undefined, move: picked(move) ? undefined : move });
  const state = (key: 'from' | 'to', value: string) => set(search[key] === value ? { from: undefined, to: undefined, move: undefined } : { from: undefined, to: undefined, move: undefined, [key]: value });
  return (
    <section className={s.figures} aria-label="Both days in figures">
      <Figure label="Accounts" then={count(before.accounts)} now={count(after.accounts)} change={after.accounts - before.accounts} />
      <div className={s.figure}>
        <span className={s.figureLabel}>ARR</span>
        <span className={s.figureNow}>
          <MoneyText value={after.arr} />
        </span>
        <span className={s.figureThen}>
          was {moneyShort(before.arr)} {after.arr.minor !== before.arr.minor && <>({after.arr.minor > before.arr.minor ? '+' : '−'}{moneyShort({ minor: Math.abs(after.arr.minor - before.arr.minor), currency: after.arr.currency })})</>}
        </span>
      </div>
      <div className={s.figure}>
        <span className={s.figureLabel}>Mean score by ARR</span>
        <span className={s.figureNow}>
          {after.score_mean_arr_weighted == null ? <Nothing why="no score" /> : decimal(after.score_mean_arr_weighted, 1)}
          {after.score_mean_arr_weighted != null && before.score_mean_arr_weighted != null && (
            <small>
              <Delta value={after.score_mean_arr_weighted - before.score_mean_arr_weighted} digits={1} />
            </small>
          )}
        </span>
        <span className={s.figureThen}>{before.score_mean_arr_weighted == null ? 'no score then' : `was ${decimal(before.score_mean_arr_weighted, 1)}`}</span>
      </div>
      <PickFigure label="Fell to a worse band" value={worse} on={picked('worse')} pick={() => pick('worse')} color="var(--k-down)" />
      <PickFigure label="Rose to a better band" value={better} on={picked('better')} pick={() => pick('better')} color="var(--k-up)" />
      <PickFigure label="Came" value={came} on={search.from === 'new' && search.to === undefined} pick={() => state('from', 'new')} />
      <PickFigure label="Left" value={left} on={search.to === 'gone' && search.from === undefined} pick={() => state('to', 'gone')} />
    </section>
  );
}

function Figure({ label, then, now, change }: { label: string; then: string; now: string; change: number }) {
  return (
    <div className={s.figure}>
      <span className={s.figureLabel}>{label}</span>
      <span className={s.figureNow}>
        {now} {change !== 0 && <small className="muted">{signed(change)}</small>}
      </span>
      <span className={s.figureThen}>was {then}</span>
    </div>
  );
}

function PickFigure({ label, value, on, pick, color }: { label: string; value: Comparison['better']; on: boolean; pick: () => void; color?: string }) {
  return (
    <button type="button" className={s.figure} aria-pressed={on} disabled={value.accounts === 0} onClick={pick} title={`${label}: ${plural(value.accounts, 'account')}. Show them`}>
      <span className={s.figureLabel}>{label}</span>
      <span className={s.figureNow} style={{ color: value.accounts ? color : undefined }}>
        {count(value.accounts)}
      </span>
      <span className={s.figureThen}>{moneyShort(value.arr)} ARR</span>
    </button>
  );
}

/** The bands of both days beside each other. */
export function BandsBeside({ data, live, search, set }: Props) {
  const shown = data.states.filter((st) => st.kind !== 'new' && st.kind !== 'gone' && (st.before.accounts > 0 || st.after.accounts > 0 || st.kind === 'band'));
  const bar = (side: 'before' | 'after') => {
    const some = shown.filter((st) => st[side].accounts > 0);
    return (
      <span className={s.bar} role="img" aria-label={`${side === 'before' ? day(data.compare_to) : day(data.as_of)}: ${some.map((st) => `${st[side].accounts} ${st.title}`).join(', ') || 'nobody'}`}>
        {some.map((st) => (
          <span key={st.key} data-color={st.kind === 'band' ? bandColor(st.color) : 'grey'} style={{ flexGrow: search.count === 'arr' ? st[side].arr.minor : st[side].accounts }} title={`${st.title}: ${plural(st[side].accounts, 'account')}, ${moneyShort(st[side].arr)}`} />
        ))}
      </span>
    );
  };
  return (
    <Panel title="Bands then and now" className={s.beside}>
      <div className={s.bars}>
        <span>{day(data.compare_to)}</span>
        {bar('before')}
        <span>{live ? 'now' : day(data.as_of)}</span>
        {bar('after')}
      </div>
      <div className={s.tableScroll} tabIndex={0} role="region" aria-label="Bands then and now, scrolls sideways">
        <table className={s.table}>
          <thead>
            <tr>
              <th scope="col">Band</th>
              <th scope="col">Then</th>
              <th scope="col">Now</th>
              <th scope="col">Change</th>
              <th scope="col">ARR then</th>
              <th scope="col">ARR now</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((st) => (
              <tr key={st.key}>
                <th scope="row">
                  <button type="button" className={s.stateButton} aria-pressed={search.to === st.key && search.from === undefined} onClick={() => set(search.to === st.key && search.from === undefined ? { to: undefined } : { from: undefined, to: st.key, move: undefined })} title={`Show who is ${st.title} now`}>
                    <BandShape color={st.kind === 'band' ? st.color : 'grey'} />
                    {st.title}
                  </button>
                </th>
                <td>{count(st.before.accounts)}</td>
                <td>{count(st.after.accounts)}</td>
                <td>{st.after.accounts === st.before.accounts ? <span className="muted">±0</span> : signed(st.after.accounts - st.before.accounts)}</td>
                <td>
                  <MoneyText value={st.before.arr} />
                </td>
                <td>
                  <MoneyText value={st.after.arr} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={s.origin}>
        Scores of {day(data.compare_to)}: {originWords(data.before, false)}. {live ? 'Now: computed from what is known.' : `Scores of ${day(data.as_of)}: ${originWords(data.after, false)}.`}
      </p>
    </Panel>
  );
}
