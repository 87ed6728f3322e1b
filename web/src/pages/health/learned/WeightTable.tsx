import type { LearnedWeight } from '../../../api/shapes';
import { percent } from '../../../format/number';
import { Nothing } from '../../../parts/Figures';
import { Panel } from '../../../parts/Page';
import works from '../works/works.module.css';
import s from './learned.module.css';
import { scaleOf, verdictWord } from './words';

/** Every weight: the team's, the learned one with its interval, and what became of it. */
export function WeightTable({ weights }: { weights: LearnedWeight[] }) {
  const most = scaleOf(weights);
  const x = (share: number) => `${Math.min(100, (share / most) * 100)}%`;
  return (
    <Panel title="Weights" hint="shares of the whole; the interval of the learned one is that of 90 %, the others held">
      <div className={works.scroll} tabIndex={0} role="region" aria-label="Weights">
        <table className={`${works.table} ${s.weights}`}>
          <thead>
            <tr>
              <th scope="col">Measure</th>
              <th scope="col">Yours</th>
              <th scope="col">Learned</th>
              <th scope="col" className={s.plotHead}>
                <span className={s.legend}>
                  <i data-kind="hand" /> yours <i data-kind="learned" /> learned
                </span>
                <span>{percent(most)}</span>
              </th>
              <th scope="col">90 % interval</th>
              <th scope="col" className={works.left}>
                Verdict
              </th>
              <th scope="col">No value</th>
            </tr>
          </thead>
          <tbody>
            {weights.map((w) => (
              <tr key={`${w.group} ${w.measure}`}>
                <th scope="row">{w.title}</th>
                <td>{percent(w.hand, 1)}</td>
                <td>
                  <b>{percent(w.learned, 1)}</b>
                </td>
                <td className={s.plotCell}>
                  <span className={s.plot} aria-hidden="true">
                    {w.low != null && w.high != null && <span className={s.range} style={{ left: x(w.low), width: `calc(${x(w.high)} - ${x(w.low)})` }} />}
                    <span className={s.hand} style={{ left: x(w.hand) }} />
                    <span className={s.dot} data-verdict={w.verdict} style={{ left: x(w.learned) }} />
                  </span>
                </td>
                <td>{w.low == null || w.high == null ? <Nothing why="it was not seen" /> : `${percent(w.low, 1)} to ${percent(w.high, 1)}`}</td>
                <td className={works.left}>
                  <span className={s.verdict} data-verdict={w.verdict}>
                    {verdictWord(w.verdict)}
                  </span>
                  <span className={works.hint}>{w.words}</span>
                </td>
                <td title={w.missing_effect == null ? undefined : w.missing_effect > 0 ? 'Having no value goes with leaving more often.' : 'Having no value goes with leaving less often.'}>{percent(w.missing)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
