import type { ReactNode } from 'react';
import type { Estimate, Validation } from '../../../api/shapes';
import { day } from '../../../format/date';
import { moneyShort } from '../../../format/money';
import { count, decimal, percent } from '../../../format/number';
import { BandShape } from '../../../parts/BandChip';
import { Nothing } from '../../../parts/Figures';
import { Panel } from '../../../parts/Page';
import { evidenceWord, nText, rangeText, valueText, type Style } from './words';
import s from './works.module.css';

type Props = { report: Validation };

/** A figure with its interval below it; why there is none on hover. */
export function EstimateCell({ e, style = 'plain' }: { e: Estimate; style?: Style }) {
  if (e.value == null) return <Nothing why={e.why ?? 'no value'} />;
  return (
    <span className={s.estimate} title={[e.method, evidenceWord(e.evidence), nText(e)].filter(Boolean).join(' · ')}>
      {valueText(e, style)} <span className={s.range}>{rangeText(e, style)}</span>
    </span>
  );
}

function Grid({ label, head, children }: { label: string; head: ReactNode[]; children: ReactNode }) {
  return (
    <div className={s.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={s.table}>
        <thead>
          <tr>
            {head.map((h, i) => (
              <th key={i} scope="col">
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** What looking only at the accounts most at risk finds. */
export function LiftTable({ report }: Props) {
  return (
    <Panel title="Looking at the accounts most at risk" hint="by cut-off, and pooled">
      <Grid label="Lift and capture" head={['Who', 'At each cut-off', 'Found', 'By chance', 'Lift (95 %)', 'Of all departures (95 %)', 'Of their ARR (95 %)']}>
        {report.lift.map((l) => (
          <tr key={l.where}>
            <th scope="row" className={s.wrap}>
              {l.title}
            </th>
            <td>{decimal(l.per_cut_off, 0)}</td>
            <td>{decimal(l.found, 1)}</td>
            <td>{decimal(l.by_chance, 1)}</td>
            <td>
              <EstimateCell e={l.lift} style="times" />
            </td>
            <td>
              <EstimateCell e={l.capture} style="percent" />
            </td>
            <td>
              <EstimateCell e={l.capture_by_arr} style="percent" />
            </td>
          </tr>
        ))}
      </Grid>
    </Panel>
  );
}

/** Every figure, with its n, its departures and its evidence. */
export function Figures({ report }: Props) {
  const m = report.metrics;
  const rows: { title: string; hint: string; e: Estimate; style?: Style }[] = [
    { title: 'AUC', hint: 'the leaver of a random pair is ranked lower', e: m.auc },
    { title: 'AUC by ARR', hint: 'the same, with accounts weighted by their ARR', e: m.auc_by_arr },
    { title: 'Harrell’s C', hint: 'of two accounts, the one at higher risk left first; over twice the horizon', e: report.timing.harrell_c },
    { title: 'Uno’s C', hint: 'the same, whatever the time for which accounts could be watched', e: report.timing.uno_c },
    { title: 'PR-AUC', hint: `the base rate is ${valueText(m.base_rate, 'percent')}`, e: m.pr_auc },
    { title: 'Brier score', hint: 'mean squared error of the probabilities', e: m.brier },
    { title: 'Brier skill', hint: 'error saved against saying the base rate', e: m.brier_skill, style: 'percent' },
    { title: 'Log loss', hint: m.log_loss_base.value == null ? 'of the probabilities' : `saying the base rate gives ${valueText(m.log_loss_base)}`, e: m.log_loss },
    { title: 'Expected over observed', hint: '1 is right', e: m.expected_over_observed, style: 'times' },
    { title: 'Calibration in the large', hint: 'on the logit; 0 is right', e: m.calibration_in_the_large },
    { title: 'Calibration slope', hint: '1 is right; below, too sure of itself', e: m.calibration_slope },
    { title: 'Calibration error', hint: m.ece_null == null ? 'mean gap of the bins' : `a perfect forecast would show ${decimal(m.ece_null, 4)}`, e: m.ece },
  ];
  return (
    <Panel title="Figures" hint="pooled over the cut-offs">
      <Grid label="Figures" head={['Figure', 'Value (95 %)', 'Departures of n, evidence']}>
        {rows.map((r) => (
          <tr key={r.title}>
            <th scope="row">
              {r.title}
              <span className={s.hint}>{r.hint}</span>
            </th>
            <td>{r.e.value == null ? <span className={s.why}>{r.e.why}</span> : <EstimateCell e={r.e} style={r.style} />}</td>
            <td>
              {nText(r.e)}
              <span className={s.hint}>{evidenceWord(r.e.evidence)}</span>
            </td>
          </tr>
        ))}
      </Grid>
    </Panel>
  );
}

/** Whether the ranking holds nearer and further ahead. */
export function Timing({ report }: Props) {
  return (
    <Panel title="Nearer and further ahead" hint="has it left within so many days of a cut-off?">
      <Grid label="The ranking by days ahead" head={['Within', 'AUC (95 %)', 'Brier score (95 %)', 'Not watched for so long']}>
        {report.timing.points.map((t) => (
          <tr key={t.days}>
            <th scope="row">{t.days} days</th>
            <td>{t.auc.value == null ? <span className={s.why}>{t.auc.why}</span> : <EstimateCell e={t.auc} />}</td>
            <td>
              <EstimateCell e={t.brier} />
            </td>
            <td>{count(t.unseen)}</td>
          </tr>
        ))}
      </Grid>
      <p className={s.text}>Accounts that could be watched stand for those that could not (weights by the inverse chance of being seen).</p>
    </Panel>
  );
}

/** What each input of the scorecard tells alone. */
export function Measures({ report }: Props) {
  if (report.measures.length === 0)
    return (
      <Panel title="What each input tells alone">
        <p className={s.text}>Scores as they were shown are judged without their inputs.</p>
      </Panel>
    );
  return (
    <Panel title="What each input tells alone" hint="corrected for looking at all of them (Holm)">
      <Grid label="Inputs" head={['Input', 'AUC (95 %)', 'Leavers have', 'With a value', 'p']}>
        {report.measures.map((m) => (
          <tr key={m.metric}>
            <th scope="row">
              {m.title}
              {m.tells && <span className={s.tells}>tells something</span>}
            </th>
            <td>
              <EstimateCell e={m.auc} />
            </td>
            <td className={s.left}>{m.auc.value == null || m.direction === 'none' ? <Nothing /> : `${m.direction} values`}</td>
            <td>{percent(m.coverage)}</td>
            <td>{m.p_adjusted == null ? <Nothing /> : m.p_adjusted < 0.001 ? '< 0.001' : decimal(m.p_adjusted, 3)}</td>
          </tr>
        ))}
      </Grid>
    </Panel>
  );
}

/** From band to band over the horizon. */
export function MigrationTable({ report }: Props) {
  const { to, rows } = report.migration;
  return (
    <Panel title="From band to band" hint={`over ${report.setup.horizon_days} days, all cut-offs`}>
      <Grid label="From band to band" head={['From', ...to, 'n']}>
        {rows.map((r, i) => (
          <tr key={r.from}>
            <th scope="row">
              {report.bands[i] && <BandShape color={report.bands[i]!.color} />} {r.from}
            </th>
            {r.count.map((n, k) => (
              <td key={k} className={s.cell} style={{ '--share': r.n > 0 ? n / r.n : 0 } as React.CSSProperties} title={`${count(n)} of ${count(r.n)}`}>
                {n === 0 ? <span className="muted">0</span> : percent(n / Math.max(1, r.n), n / r.n < 0.1 ? 1 : 0)}
              </td>
            ))}
            <td>{count(r.n)}</td>
          </tr>
        ))}
      </Grid>
      <p className={s.text}>Shares of each row; counts on hover. A score that flickers between bands warns of nothing.</p>
    </Panel>
  );
}

/** Each cut-off on its own. */
export function Folds({ report }: Props) {
  return (
    <Panel title="Cut-off by cut-off" hint={`trained only on outcomes known by then, ${report.setup.embargo_days} days of embargo`}>
      <Grid label="Cut-offs" head={['Cut-off', 'Accounts', 'Left', 'Expected', 'Trained on', 'AUC (95 %)']}>
        {report.folds.map((f) => (
          <tr key={f.cut_off}>
            <th scope="row">{day(f.cut_off)}</th>
            <td>{count(f.rows)}</td>
            <td>{count(f.left)}</td>
            <td>{f.predicted == null ? <Nothing why="nothing to calibrate on" /> : decimal(f.predicted * f.rows, 1)}</td>
            <td>
              {count(f.train_left)} of {count(f.train_rows)}
            </td>
            <td>
              <EstimateCell e={f.auc} />
            </td>
          </tr>
        ))}
      </Grid>
    </Panel>
  );
}

/** The same in money. */
export function Money({ report }: Props) {
  const a = report.arr;
  const money = (n: number) => (a.currency ? moneyShort({ minor: Math.round(n * 100), currency: a.currency }) : count(n));
  return (
    <Panel title="In ARR" hint="at the cut-offs, summed">
      <Grid label="ARR" head={['What', 'Amount', 'Share (95 %)']}>
        <tr>
          <th scope="row">ARR that could leave</th>
          <td>{money(a.at_risk)}</td>
          <td>
            <Nothing why="the whole" />
          </td>
        </tr>
        <tr>
          <th scope="row">Left</th>
          <td>{money(a.left)}</td>
          <td>
            <EstimateCell e={a.left_rate} style="percent" />
          </td>
        </tr>
        <tr>
          <th scope="row">Left, or shrank where the account stayed</th>
          <td>{money(a.left + a.contracted)}</td>
          <td>
            <EstimateCell e={a.lost_rate} style="percent" />
          </td>
        </tr>
        {report.bands.map((b) => (
          <tr key={b.key || 'none'}>
            <th scope="row">
              <BandShape color={b.color} /> Left from {b.title}
            </th>
            <td>{money(b.arr_left)}</td>
            <td>
              <EstimateCell e={b.arr_rate} style="percent" />
            </td>
          </tr>
        ))}
      </Grid>
    </Panel>
  );
}

/** Segments with enough departures of their own. */
export function Segments({ report }: Props) {
  return (
    <Panel title="By segment" hint="those with 20 departures and more">
      <Grid label="Segments" head={['Segment', 'Accounts at a cut-off', 'Left', 'Share (95 %)', 'AUC (95 %)']}>
        {report.segments.map((g) => (
          <tr key={g.key}>
            <th scope="row">{g.key}</th>
            <td>{count(g.rows)}</td>
            <td>{count(g.left)}</td>
            <td>
              <EstimateCell e={g.rate} style="percent" />
            </td>
            <td>
              <EstimateCell e={g.auc} />
            </td>
          </tr>
        ))}
      </Grid>
    </Panel>
  );
}
