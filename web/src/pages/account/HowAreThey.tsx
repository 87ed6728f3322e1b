import { IconHandStop } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { AccountDetail, AccountHealth, Contribution } from '../../api/contract';
import { bandOf } from '../../explain/ScoreExplanation';
import { ExplainButton } from '../../explain/ExplainButton';
import { day } from '../../format/date';
import { decimal, fixed, percent, withUnit } from '../../format/number';
import { BandChip } from '../../parts/BandChip';
import { Delta } from '../../parts/Figures';
import s from './account.module.css';

/** The measures that give, and those that cost, the most points. */
export function strongest(parts: Contribution[], most = 3): { up: Contribution[]; down: Contribution[] } {
  const counted = parts.filter((c) => c.score != null && c.effective > 0);
  const down = [...counted].filter((c) => c.loss >= 0.05).sort((a, b) => b.loss - a.loss).slice(0, most);
  // A measure is either a strength or a weakness: what costs the most is not also praised.
  const up = [...counted].filter((c) => !down.includes(c) && c.points > 0).sort((a, b) => b.points - a.points).slice(0, most);
  return { up, down };
}

export function HowAreThey({ health, detail }: { health: AccountHealth; detail: AccountDetail }) {
  const { result, change } = health;
  const { up, down } = strongest(result.contributions);
  return (
    <div className={s.howBody}>
      <div className={s.scoreLine}>
        <ExplainButton target={{ account: detail.id }} label="Explain the score">
          <span className={s.score}>{result.score == null ? '?' : decimal(result.score, 1)}</span>
        </ExplainButton>
        <div>
          <BandChip band={bandOf(health, result.band)} full stale={detail.stale} overridden={result.overridden != null} />
          <div className={s.scoreSub}>
            {change.delta == null ? 'nothing to compare with' : <><Delta value={change.delta} digits={1} /> in 30 days</>} · {percent(result.coverage)} covered
          </div>
        </div>
      </div>
      <p className={s.sentence}>{result.score == null ? (result.reason ?? 'There are not enough data for a score.') : health.sentence}</p>
      {result.overridden && (
        <p className={s.overridden}>
          <IconHandStop size={14} aria-hidden="true" /> {result.overridden.author} set it by hand until {day(result.overridden.expires_at)}: “{result.overridden.reason}”. Computed: {result.computed_score == null ? 'no score' : decimal(result.computed_score, 1)}.
        </p>
      )}
      <div className={s.upDown}>
        <Parts title="What costs the most" items={down} kind="down" account={detail.id} />
        <Parts title="What holds it up" items={up} kind="up" account={detail.id} />
      </div>
      <Link to="/accounts/$accountId/$tab" params={{ accountId: detail.id, tab: 'health' }} className={`${s.more} no-print`}>
        All measures and what changed
      </Link>
    </div>
  );
}

function Parts({ title, items, kind, account }: { title: string; items: Contribution[]; kind: 'up' | 'down'; account: string }) {
  if (items.length === 0) return <div />;
  return (
    <div>
      <h3 className={s.small}>{title}</h3>
      <ul className={s.parts}>
        {items.map((c) => (
          <li key={c.measure}>
            <ExplainButton target={{ account, measure: c.measure }} label={`Explain ${c.title}`}>
              <span className={s.partName}>{c.title || c.measure}</span>
            </ExplainButton>
            <span className={s.partValue}>{c.value == null ? 'no value' : withUnit(c.value, c.unit)}</span>
            <span className={s.partPoints} data-kind={kind}>
              {kind === 'up' ? `+${fixed(c.points, 1)}` : `−${fixed(c.loss, 1)}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
