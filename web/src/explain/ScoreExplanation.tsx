import { Button, CopyButton } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { IconCopy, IconLink, IconTable } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { AccountHealth, Band, Contribution } from '../api/contract';
import { healthQuery } from '../api/queries';
import { Waterfall } from '../chart/Waterfall';
import { day, instant } from '../format/date';
import { decimal, fixed, percent, plural, signed, withUnit } from '../format/number';
import { BandChip } from '../parts/BandChip';
import { Delta, Nothing } from '../parts/Figures';
import { ErrorNote, Rows } from '../parts/States';
import { dayOf } from '../url/asof';
import { useExplain, type ExplainTarget } from '../url/useExplain';
import { toCsv } from './csv';
import s from './explain.module.css';
import { changeSteps } from './steps';

/** The band of a key as the scorecard names it. */
export function bandOf(health: AccountHealth, key: string): Band | null {
  if (!key) return null;
  const edge = health.scorecard.bands?.find((b) => b.key === key);
  return edge ?? { key, title: key[0]!.toUpperCase() + key.slice(1), color: key, letter: key[0]!.toUpperCase() };
}

export default function ScoreExplanation({ target, asOf }: { target: ExplainTarget; asOf?: string }) {
  const [compare, setCompare] = useState<string>();
  const query = useQuery({ ...healthQuery(target.account, asOf, compare), placeholderData: keepPreviousData });
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={10} />;
  return <Explanation health={query.data} target={target} onCompare={setCompare} />;
}

function Explanation({ health, target, onCompare }: { health: AccountHealth; target: ExplainTarget; onCompare: (day: string) => void }) {
  const { result, change } = health;
  const steps = changeSteps(change);
  return (
    <div className={s.body}>
      <div className={s.lead}>
        <span className={s.big}>{result.score == null ? '?' : fixed(result.shown ?? result.score, 1)}</span>
        {result.scale && <span className="muted">of {result.scale.max}</span>}
        <BandChip band={bandOf(health, result.band)} full overridden={result.overridden != null} />
        <span>
          <Delta value={change.delta} digits={1} /> <span className="muted">since {day(health.compare_to)}</span>
        </span>
      </div>
      <p className={s.words}>{result.words}</p>
      {result.score != null && <p className={s.words}>{health.sentence}</p>}

      {result.overridden && (
        <p className={s.words}>
          Set by hand by {result.overridden.author} until {day(result.overridden.expires_at)}: “{result.overridden.reason}”. Computed it would be {result.computed_score == null ? 'unknown' : decimal(result.computed_score, 1)}.
        </p>
      )}

      <section>
        <h3 className={s.section}>What it is made of</h3>
        <ContributionTable health={health} focus={target.measure} account={target.account} />
      </section>

      {result.redistribution.length > 0 && (
        <section>
          <h3 className={s.section}>Whose weight went where</h3>
          <ul className={s.plain}>
            {result.redistribution.map((r) => (
              <li key={r.measure}>{r.words}</li>
            ))}
          </ul>
        </section>
      )}

      {(result.rolled ?? []).map((roll) => (
        <section key={roll.axis}>
          <h3 className={s.section}>{roll.axis === 'hierarchy' ? 'Its child accounts' : 'Its product lines'}</h3>
          <p className={s.words}>
            {roll.own == null ? 'No score of its own' : `${decimal(roll.own, 1)} of its own`}; {roll.why}: {decimal(roll.score, 1)}.
          </p>
          <ul className={s.rows}>
            {roll.parts.map((p) => (
              <li key={p.key}>
                {p.title}: {p.score == null ? 'no score' : `${decimal(p.score, 1)}, ${p.band}`}
                <span className={s.sub}>
                  {percent(p.share)} of it, {fixed(p.points, 1)} points
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}

      {health.relationships.length > 0 && (
        <section>
          <h3 className={s.section}>Product lines</h3>
          <ul className={s.rows}>
            {health.relationships.map((r) => (
              <li key={r.product}>
                {r.title}: {r.result.words}
              </li>
            ))}
          </ul>
        </section>
      )}

      <section>
        <h3 className={s.section}>
          What changed from {day(health.compare_to)} to {day(health.as_of)}
        </h3>
        <DatePickerInput size="xs" w={150} mb={8} aria-label="Compare with the day" value={health.compare_to.slice(0, 10)} maxDate={dayOf(Date.parse(health.as_of) - 86_400_000)} onChange={(v) => v && onCompare(v)} valueFormat="D MMM YYYY" />
        {steps.length > 0 && change.delta != null ? (
          <Waterfall from={change.before ?? 0} to={change.after ?? 0} steps={steps} fromLabel={day(health.compare_to)} toLabel={day(health.as_of)} />
        ) : (
          <p className={s.words}>{change.delta == null ? 'One of the two days has no score.' : 'No measure moved between the two days.'}</p>
        )}
      </section>

      {health.corrections.length > 0 && (
        <section>
          <h3 className={s.section}>Became known after {day(health.as_of)}</h3>
          <p className={s.words}>{health.known ? 'It counts here, because the past is shown as corrected since.' : 'It does not count here: this is what was known then.'}</p>
          <ul className={s.rows}>
            {health.corrections.map((c) => (
              <li key={c.kind + c.key + (c.product ?? '')}>
                {c.kind === 'events' ? `${plural(c.count, 'event')}: ${c.title}` : c.title}
                {c.before !== c.now && `: ${c.before || 'nothing'} → ${c.now || 'nothing'}`}
                <span className={s.sub}>
                  about {day(c.held_from)}, known since {day(c.known_first)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}

      <section>
        <h3 className={s.section}>Where it comes from</h3>
        <dl className={s.facts}>
          <dt>Scorecard</dt>
          <dd>
            {health.scorecard.title} <span className={s.sub}>{health.scorecard.why}</span>
          </dd>
          <dt>Coverage</dt>
          <dd>
            {percent(result.coverage)} of the weight has a value
            {result.coverage < 0.9995 && <span className={s.sub}>The weight of what is missing is shared out among the measures that have a value; missing is never counted as zero.</span>}
          </dd>
          <dt>As recomputed</dt>
          <dd>
            {result.score == null ? 'no score' : decimal(result.score, 1)}, as of {instant(health.as_of)}, model version {health.model_version}
          </dd>
          <dt>As recorded</dt>
          <dd>{health.recorded ? `${health.recorded.score == null ? 'no score' : decimal(health.recorded.score, 1)}, on ${instant(health.recorded.recorded_at)}` : 'nothing was recorded on that day'}</dd>
        </dl>
      </section>

      <div className={s.foot}>
        <CopyButton value={explanationCsv(health)}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<IconCopy size={14} />} onClick={copy}>
              {copied ? 'Copied' : 'Copy as CSV'}
            </Button>
          )}
        </CopyButton>
        <CopyButton value={window.location.href}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<IconLink size={14} />} onClick={copy}>
              {copied ? 'Copied' : 'Copy link'}
            </Button>
          )}
        </CopyButton>
        <Button component={Link} to={`/accounts/${target.account}`} variant="default" leftSection={<IconTable size={14} />}>
          Open the account
        </Button>
      </div>
    </div>
  );
}

function ContributionTable({ health, focus, account }: { health: AccountHealth; focus?: string; account: string }) {
  const { result } = health;
  const groups = [...new Set(result.contributions.map((c) => c.group))];
  return (
    <table className={s.table}>
      <thead>
        <tr>
          <th scope="col">Measure</th>
          <th scope="col">Value</th>
          <th scope="col">Score</th>
          <th scope="col">Weight</th>
          <th scope="col">Points</th>
        </tr>
      </thead>
      {groups.map((group) => {
        const members = result.contributions.filter((c) => c.group === group);
        const points = members.reduce((sum, c) => sum + c.points, 0);
        return (
          <tbody key={group}>
            <tr className={s.group}>
              <td colSpan={4}>{members[0]?.group_title || group}</td>
              <td>{fixed(points, 1)}</td>
            </tr>
            {members.map((c) => (
              <MeasureRow key={c.measure} part={c} focus={c.measure === focus} account={account} points={result.combine === 'points'} />
            ))}
          </tbody>
        );
      })}
      {result.adjustments.length > 0 && (
        <tbody>
          <tr className={s.group}>
            <td colSpan={5}>Beside the measures</td>
          </tr>
          {result.adjustments.map((a) => (
            <tr key={a.kind + a.key}>
              <td colSpan={4}>{a.why}</td>
              <td>{a.points === 0 ? '±0' : signed(a.points, 1)}</td>
            </tr>
          ))}
        </tbody>
      )}
      <tfoot>
        <tr>
          <td colSpan={4}>Score</td>
          <td>{result.score == null ? <Nothing /> : fixed(result.score, 1)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

function MeasureRow({ part: c, focus, account, points }: { part: Contribution; focus: boolean; account: string; points: boolean }) {
  const { explain } = useExplain();
  const shifted = Math.abs(c.effective - c.nominal) > 0.0005;
  return (
    <tr className={focus ? s.focus : undefined} ref={focus ? (row) => row?.scrollIntoView?.({ block: 'nearest' }) : undefined}>
      <td>
        {c.title || c.measure}
        {c.formula && <span className={s.sub}>{c.formula}</span>}
        {c.case && <span className={s.sub}>holds: {c.case}</span>}
        {c.why && <span className={s.sub}>Does not count: {c.why}</span>}
        {c.metric && (
          <button type="button" className={s.link} onClick={() => explain({ account, metric: c.metric! })}>
            the rows
          </button>
        )}
        {c.stale && <span className={s.sub}>Stale: newest data {decimal(c.age_days ?? null, 0)} days old</span>}
        {!c.stale && c.age_days != null && <span className={s.sub}>newest data {decimal(c.age_days, 0)} days old</span>}
      </td>
      <td>{c.value == null ? <Nothing /> : withUnit(c.value, c.unit)}</td>
      <td title={c.curve}>{c.score == null ? <Nothing why="does not count" /> : decimal(c.score, 0)}</td>
      <td title={shifted ? `nominally ${percent(c.nominal, 1)}` : undefined}>
        {points ? `×${decimal(c.effective, 1)}` : percent(c.effective, 0)}
        {shifted && !points && <span className={s.sub}>of {percent(c.nominal, 1)}</span>}
      </td>
      <td>
        {fixed(c.points, 1)}
        <span className={s.meter} aria-hidden="true">
          <span style={{ width: `${c.effective > 0 ? Math.max(0, Math.min(100, (c.points / (c.effective * 100)) * 100)) : 0}%` }} />
        </span>
      </td>
    </tr>
  );
}

/** The explanation as a sheet: one row per measure, then the adjustments and the score. */
export function explanationCsv(health: AccountHealth): string {
  const header = ['group', 'measure', 'metric', 'value', 'unit', 'score', 'nominal_weight', 'effective_weight', 'points', 'age_days', 'note', 'as_of', 'model_version'];
  const tail = [health.as_of, health.model_version];
  const rows = health.result.contributions.map((c) => [
    c.group_title || c.group, c.title || c.measure, c.metric, c.value, c.unit, c.score, c.nominal, c.effective, c.points, c.age_days, c.why, ...tail,
  ]);
  const adjusted = health.result.adjustments.map((a) => [a.kind, a.key, '', '', '', '', '', '', a.points, '', a.why, ...tail]);
  const total = ['total', 'score', '', '', '', health.result.score, '', '', health.result.score, '', health.result.reason, ...tail];
  return toCsv(header, [...rows, ...adjusted, total]);
}
