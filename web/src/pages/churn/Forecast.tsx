import { IconAlertTriangle, IconCircleCheck, IconHelpCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ChurnForecast } from '../../api/churn';
import type { Estimate } from '../../api/shapes';
import { day } from '../../format/date';
import { count, decimal } from '../../format/number';
import s from './churn.module.css';
import { chanceText, forecastMark } from './words';

/** What the forecast is worth: the answer, its back-test, and what moves the risk. */
export function Forecast({ forecast: f }: { forecast: ChurnForecast }) {
  const mark = forecastMark(f);
  const Icon = mark.tone === 'good' ? IconCircleCheck : mark.tone === 'bad' ? IconAlertTriangle : IconHelpCircle;
  const l = f.learned;
  const m = f.backtest.metrics;
  return (
    <section className={s.answer} data-tone={mark.tone}>
      <div className={s.marks}>
        <span className={s.mark} data-tone={mark.tone}>
          <Icon size={16} aria-hidden="true" /> {mark.word}
        </span>
        {f.scorecards.length > 0 && (
          <span className="muted">
            builds on{' '}
            {f.scorecards.map((key, i) => (
              <span key={key}>
                {i > 0 && ', '}
                <Link to="/health/scorecards/$key" params={{ key }} className={s.card}>
                  {key}
                </Link>
              </span>
            ))}
          </span>
        )}
      </div>
      <h2 className={s.headline}>{f.headline}</h2>
      {f.refusal && (
        <p className={s.text} role={f.status === 'stopped' ? 'alert' : undefined}>
          {f.refusal}
        </p>
      )}
      {f.sentences.length > 0 && (
        <ul className={s.sentences}>
          {f.sentences.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {l.snapshots > 0 && (
        <p className={s.foot}>
          {count(l.departures)} departures among {count(l.snapshots)} snapshots of {count(l.accounts)} accounts at {count(l.cut_offs)} cut-offs{l.from && <> from {day(l.from)}</>}; {chanceText(f.base_rate)} left within {f.horizon_days} days
        </p>
      )}
      {f.status === 'ok' && (
        <details className={s.details}>
          <summary>Back-test and weights</summary>
          <div className={s.two}>
            <Table
            head={['Back-test, walking forward', 'value (95 %)', 'departures']}
            rows={[figure('AUC', m.auc), figure('Brier score', m.brier), figure('Brier skill', m.brier_skill), figure('Expected over observed', m.expected_over_observed), figure('Calibration slope', m.calibration_slope)]}
          />
          {f.backtest.calibration.length > 0 && (
            <Table head={['Said (mean of the bin)', 'came (95 %)', 'accounts']} rows={f.backtest.calibration.map((b) => [chanceText({ ...b.observed, value: b.predicted, low: null, high: null }), chanceText(b.observed), count(b.observed.n)])} />
          )}
          <Table head={['In a month', 'factor on the odds of leaving (95 %)']} rows={f.weights.map((w) => [w.title, `${decimal(w.odds)} (${decimal(w.low)} to ${decimal(w.high)})`])} />
          </div>
          <ul className={s.checks}>
            {f.backtest.canaries.map((c) => (
              <li key={c.key}>
                <b>{c.title}</b>: {c.state.replace('_', ' ')}. {c.words}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

const figure = (name: string, e: Estimate): string[] => [name, e.value == null ? (e.why ?? '') : `${decimal(e.value, 3)} (${decimal(e.low, 3)} to ${decimal(e.high, 3)})`, count(e.events)];

function Table({ head, rows }: { head: string[]; rows: string[][] }) {
  return (
    <div className={s.scroll} role="region" aria-label={head[0]} tabIndex={0}>
      <table className={s.table}>
        <thead>
          <tr>
            {head.map((h) => (
              <th key={h} scope="col">
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]}>
              <th scope="row">{row[0]}</th>
              {row.slice(1).map((cell, i) => (
                <td key={i}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
