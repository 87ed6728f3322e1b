import { Link } from '@tanstack/react-router';
import type { Impact } from '../../api/shapes';
import { dayShort, day } from '../../format/date';
import { moneyShort } from '../../format/money';
import { count, decimal, plural, signed } from '../../format/number';
import { bandColor } from '../../parts/band';
import { BandChip } from '../../parts/BandChip';
import { MoneyText, Nothing } from '../../parts/Figures';
import { lookByKey, NO_SCORE, type Look } from './bands';
import { movedTotals } from './impact';
import s from './impact.module.css';

/** What a change of the model would do: how many accounts change band, whose ARR, and what the past would look like. */
export function ImpactView({ impact, looks, most = 12 }: { impact: Impact; looks: Look[]; most?: number }) {
  const t = movedTotals(impact, looks);
  const all = [...looks, NO_SCORE];
  return (
    <div className={s.impact}>
      <p className={s.message}>
        {t.accounts === 0 ? (
          impact.rescored === 0 ? (
            'Nothing would change: every account keeps its score.'
          ) : (
            <>
              <b>No account</b> would change band; {plural(impact.rescored, 'score')} of {count(impact.accounts)} would move.
            </>
          )
        ) : (
          <>
            <b>{plural(t.accounts, 'account')}</b> of {count(impact.accounts)} would change band, with <b>{moneyShort(t.arr)}</b> ARR: {count(t.better)} up, {count(t.worse)} down{t.other > 0 && `, ${count(t.other)} gain or lose a score`}.
          </>
        )}
      </p>
      <section>
        <h3 className={s.head}>Accounts by band</h3>
        <BandBars label="before" items={impact.bands_before} looks={all} total={impact.accounts} />
        <BandBars label="after" items={impact.bands_after} looks={all} total={impact.accounts} />
      </section>
      {t.accounts > 0 && (
        <section>
          <h3 className={s.head}>From band to band</h3>
          <ul className={s.moves}>
            {[...impact.band_moves]
              .filter((m) => m.from !== m.to)
              .sort((a, b) => b.accounts - a.accounts)
              .map((m) => (
                <li key={`${m.from} ${m.to}`}>
                  <BandChip band={lookByKey(looks, m.from)} full />
                  <span aria-hidden="true">→</span>
                  <span className="sr-only">to</span>
                  <BandChip band={lookByKey(looks, m.to)} full />
                  <span className={s.grow} />
                  <span className="num">{plural(m.accounts, 'account')}</span>
                  <span className={s.arr}>
                    <MoneyText value={m.arr} />
                  </span>
                </li>
              ))}
          </ul>
        </section>
      )}
      {impact.history.length > 1 && <Past impact={impact} looks={all} />}
      {impact.moved.length > 0 && (
        <section>
          <h3 className={s.head}>
            Who, the most ARR first{impact.moved.length > most && <span className={s.hint}> {most} of {count(t.accounts)}</span>}
          </h3>
          <table className={s.who}>
            <tbody>
              {impact.moved.slice(0, most).map((m) => (
                <tr key={m.account.id}>
                  <th scope="row">
                    <Link to="/accounts/$accountId/$tab" params={{ accountId: m.account.id, tab: 'health' }} title={m.account.name}>
                      {m.account.name}
                    </Link>
                  </th>
                  <td>
                    <MoneyText value={m.account.arr} />
                  </td>
                  <td>
                    <span className={s.pair}>
                      <BandChip band={lookByKey(looks, m.from)} score={m.score_before} />
                      <span aria-hidden="true">→</span>
                      <BandChip band={lookByKey(looks, m.to)} score={m.score_after} />
                    </span>
                  </td>
                  <td>{m.score_before != null && m.score_after != null ? signed(m.score_after - m.score_before, 1) : <Nothing />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </div>
  );
}

function BandBars({ label, items, looks, total }: { label: string; items: Impact['bands_before']; looks: Look[]; total: number }) {
  const shown = looks.map((look) => ({ look, n: items.find((i) => (i.key === 'none' ? '' : i.key) === look.key)?.accounts ?? 0 })).filter((x) => x.n > 0);
  return (
    <div className={s.bars}>
      <span className={s.barLabel}>{label}</span>
      <span className={s.bar} role="img" aria-label={`${label}: ${shown.map((x) => `${x.n} ${x.look.title}`).join(', ')}`}>
        {shown.map(({ look, n }) => (
          <span key={look.key} data-color={bandColor(look.color)} style={{ flexGrow: n }} title={`${look.title}: ${plural(n, 'account')}`}>
            {n / Math.max(1, total) > 0.06 && count(n)}
          </span>
        ))}
      </span>
    </div>
  );
}

/** Past weeks under both models, and as they were recorded: what would have been shown then. */
function Past({ impact, looks }: { impact: Impact; looks: Look[] }) {
  const share = (counts: Record<string, number>, key: string) => {
    const total = Object.values(counts).reduce((a, b) => a + b, 0) || 1;
    return ((counts[key || 'none'] ?? 0) / total) * 100;
  };
  const worst = looks[0];
  const sides: { side: 'recorded' | 'before' | 'after'; label: string }[] = [
    ...(impact.history.some((p) => p.recorded) ? [{ side: 'recorded' as const, label: 'recorded' }] : []),
    { side: 'before', label: 'before' },
    { side: 'after', label: 'after' },
  ];
  return (
    <section>
      <h3 className={s.head}>
        What the past would have looked like <span className={s.hint}>{impact.history.length} weeks, recomputed{sides.length > 2 && '; what was recorded stays as it is'}</span>
      </h3>
      <div className={s.past}>
        {sides.map(({ side, label }) => (
          <div key={side} className={s.pastRow}>
            <span className={s.barLabel}>{label}</span>
            <span className={s.columns} aria-hidden="true">
              {impact.history.map((p) => (
                <span key={p.as_of} className={s.column} title={p[side] ? `${day(p.as_of)}: ${looks.map((l) => `${l.title} ${decimal(p[side]![l.key || 'none'] ?? 0, 0)}`).join(', ')}` : `${day(p.as_of)}: nothing was recorded`}>
                  {p[side] && [...looks].reverse().map((l) => <span key={l.key} data-color={bandColor(l.color)} style={{ height: `${share(p[side]!, l.key)}%` }} />)}
                </span>
              ))}
            </span>
          </div>
        ))}
        <span className={s.pastAxis} aria-hidden="true">
          <span>{dayShort(impact.history[0]!.as_of)}</span>
          <span>{dayShort(impact.history[impact.history.length - 1]!.as_of)}</span>
        </span>
        <table className="sr-only">
          <caption>Accounts in {worst?.title} at each day, before and after</caption>
          <tbody>
            {impact.history.map((p) => (
              <tr key={p.as_of}>
                <th scope="row">{day(p.as_of)}</th>
                <td>{p.before[worst?.key ?? ''] ?? 0}</td>
                <td>{p.after[worst?.key ?? ''] ?? 0}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
