import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconHandStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { overridesQuery, useLiftOverride } from '../../api/account';
import type { AccountHealth } from '../../api/contract';
import { bandOf } from '../../explain/ScoreExplanation';
import { day, instant } from '../../format/date';
import { decimal, fixed } from '../../format/number';
import { BandChip } from '../../parts/BandChip';
import { Bar, Delta } from '../../parts/Figures';
import { ErrorNote } from '../../parts/States';
import { strongest } from './HowAreThey';
import s from './health.module.css';
import { useAccount } from './useAccount';

/** The score, how sure it is, which scorecard made it and why, and the largest losses. */
export function HealthHead({ health }: { health: AccountHealth }) {
  const { result, change } = health;
  const { down } = strongest(result.contributions);
  return (
    <div className={s.top}>
      <div className={s.topScore}>
        <span className={s.big}>{result.score == null ? '?' : decimal(result.shown ?? result.score, 1)}</span>
        {result.scale && <span className="muted">of {result.scale.max}</span>}
        <div>
          <BandChip band={bandOf(health, result.band)} full overridden={result.overridden != null} stale={result.contributions.some((c) => c.stale)} />
          <div className={s.sub}>
            {change.delta == null ? (result.reason ?? 'nothing to compare with') : <><Delta value={change.delta} digits={1} /> since {day(health.compare_to)}</>}
          </div>
        </div>
      </div>
      <dl className={s.why}>
        <div>
          <dt>Scorecard</dt>
          <dd>
            <Link to="/health/scorecards/$key" params={{ key: health.scorecard.key }}>
              {health.scorecard.title}
            </Link>
            <span className={s.sub}>{health.scorecard.why}</span>
          </dd>
        </div>
        <div>
          <dt>Coverage</dt>
          <dd>
            <span className={s.cover}>
              <Bar share={result.coverage} />
            </span>
            <span className={s.sub}>of the weight has a value; the rest is shared out, never counted as zero</span>
          </dd>
        </div>
        <div>
          <dt>As recorded</dt>
          <dd>
            {health.recorded ? (health.recorded.score == null ? 'no score' : decimal(health.recorded.score, 1)) : 'not recorded'}
            <span className={s.sub}>
              {health.recorded
                ? health.recorded.score != null && result.score != null && Math.abs(health.recorded.score - result.score) >= 0.05
                  ? `on ${instant(health.recorded.recorded_at)}; today's model says ${decimal(result.score, 1)}`
                  : `on ${instant(health.recorded.recorded_at)}; today's model says the same`
                : 'what you see is recomputed'}
            </span>
          </dd>
        </div>
      </dl>
      <div className={s.losses}>
        <div className={s.lossTitle}>Three largest losses</div>
        {down.length === 0 && <span className="muted">nothing is lost</span>}
        {down.map((c) => (
          <div key={c.measure} className={s.loss}>
            <span>{c.title}</span>
            <b>−{fixed(c.loss, 1)}</b>
          </div>
        ))}
      </div>
      <Overridden health={health} />
    </div>
  );
}

/** Who overrode it, why and until when; one that was just made counts from the next evaluation. */
function Overridden({ health }: { health: AccountHealth }) {
  const { accountId, asOf, mayEdit } = useAccount();
  const list = useQuery({ ...overridesQuery(accountId), enabled: asOf === undefined }).data?.items;
  const lift = useLiftOverride(accountId);
  const inForce = list?.find((x) => x.in_force);
  // The list knows at once; the score follows with the next evaluation.
  const o = list ? inForce : health.result.overridden;
  const counts = o !== undefined && health.result.overridden?.reason === o.reason;
  if (!o) return null;
  const author = typeof o.author === 'string' ? o.author : o.author.name;
  return (
    <div className={s.override}>
      <IconHandStop size={16} aria-hidden="true" />
      <span>
        {author} set {o.band ? `the band to ${bandOf(health, o.band)?.title ?? o.band}` : `the score to ${decimal(o.score, 1)}`} on {day(o.created_at)}, until {day(o.expires_at)}: “{o.reason}”.{' '}
        {counts ? `Computed: ${health.result.computed_score == null ? 'no score' : decimal(health.result.computed_score, 1)}.` : 'It counts from the next evaluation.'}
      </span>
      {mayEdit && inForce && (
        <Button variant="default" loading={lift.isPending} onClick={() => lift.mutate(inForce.id, { onSuccess: () => notifications.show({ message: 'The computed health is back.' }) })}>
          Lift it
        </Button>
      )}
      {lift.error && <ErrorNote error={lift.error} title="The override stays" />}
    </div>
  );
}
