import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { modelQuery, scorecardsQuery, versionQuery } from '../../api/model';
import type { ScorecardRow } from '../../api/shapes';
import { count, percent, plural } from '../../format/number';
import { bandColor } from '../../parts/band';
import { BandShape } from '../../parts/BandChip';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { useAsOf } from '../../url/useAsOf';
import { lookOf, NO_SCORE } from './bands';
import { sharesOf } from './draft';
import s from './health.module.css';
import impact from './impact.module.css';

/** Whether the model is still what Kept came with: its makers' choice, fitted to nobody. */
export function useOurs(): boolean {
  const now = useQuery(modelQuery).data;
  const first = useQuery(versionQuery(1)).data;
  return now !== undefined && first?.author === 'Kept' && now.yaml === first.yaml;
}

/** The definitions of health, whom they judge, and how that turns out. */
export function Scorecards() {
  const { asOf } = useAsOf();
  const query = useQuery(scorecardsQuery(asOf));
  const ours = useOurs();
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={8} />;
  const cards = [...query.data.items].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
  if (cards.length === 0)
    return (
      <Empty title="No scorecard">
        A scorecard says what healthy means. Write one under <Link to="/data/model">Data, Model</Link>.
      </Empty>
    );
  return (
    <div className={s.cards}>
      {ours && <OursNote />}
      <p className={s.lead}>
        An account is judged by the first scorecard, in this order, whose condition holds. 100 is healthy.
      </p>
      {cards.map((card) => (
        <Card key={card.key} card={card} />
      ))}
    </div>
  );
}

export function OursNote() {
  return (
    <p className={s.ours} role="note">
      <IconInfoCircle size={16} aria-hidden="true" />
      <span>
        <b>This is Kept’s own starting point, not a standard.</b> Its weights, curves and bands are our choice; nobody has shown that they predict your renewals. Fit them to your customers before anybody is judged by them: open a scorecard, change a weight, and see who would move before you save.
      </span>
    </p>
  );
}

function Card({ card }: { card: ScorecardRow }) {
  const shares = sharesOf(card);
  const looks = [...card.bands.map(lookOf), NO_SCORE];
  const n = (key: string) => card.counts[key || 'none'] ?? 0;
  return (
    <article className={s.card}>
      <div className={s.cardHead}>
        <h2>
          <Link to="/health/scorecards/$key" params={{ key: card.key }}>
            {card.title}
          </Link>
        </h2>
        <span className="muted">
          {plural(card.accounts, 'account')} · priority {card.priority ?? 0} · {card.when ? <code>{card.when}</code> : 'every account that no other scorecard takes'}
        </span>
        <span className={s.grow} />
        <Link to="/health/scorecards/$key/works" params={{ key: card.key }}>
          Does it work?
        </Link>
      </div>
      {card.description && <p className={s.cardText}>{card.description}</p>}
      <div className={s.cardBody}>
        <div>
          <span className={impact.bar} role="img" aria-label={looks.map((l) => `${l.title}: ${n(l.key)}`).join(', ')}>
            {looks.filter((l) => n(l.key) > 0).map((l) => (
              <span key={l.key} data-color={bandColor(l.color)} style={{ flexGrow: n(l.key) }}>
                {n(l.key) / Math.max(1, card.accounts) > 0.06 && count(n(l.key))}
              </span>
            ))}
          </span>
          <ul className={s.legend}>
            {looks.filter((l) => l.key || n('') > 0).map((l) => (
              <li key={l.key}>
                <BandShape color={l.color} /> {l.title} <b>{count(n(l.key))}</b>
              </li>
            ))}
          </ul>
        </div>
        <ul className={s.groups}>
          {card.groups.map((g, i) => (
            <li key={g.key}>
              <span className={s.groupName}>{g.title || g.key}</span>
              <span className={s.groupBar} aria-hidden="true">
                <span style={{ width: `${shares.groups[i]! * 100}%` }} />
              </span>
              <span className={s.groupShare}>{percent(shares.groups[i])}</span>
              <span className={s.groupHint}>{plural(g.measures.length, 'measure')}</span>
            </li>
          ))}
        </ul>
      </div>
    </article>
  );
}
