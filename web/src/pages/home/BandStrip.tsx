import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Portfolio, PortfolioBand } from '../../api/contract';
import { moneyExact, moneyShort } from '../../format/money';
import { count, decimal, plural, signed } from '../../format/number';
import { BandShape } from '../../parts/BandChip';
import { bandColor } from '../../parts/band';
import { Delta, MoneyText } from '../../parts/Figures';
import s from './home.module.css';

/** The whole portfolio in one line: how many, how much, in which band, against 30 days ago. */
export function BandStrip({ data, owner }: { data: Portfolio; owner: string }) {
  const { totals } = data;
  const bands = data.bands.filter((b) => b.accounts > 0 || b.accounts_before > 0 || b.key !== '');
  const whole = bands.reduce((sum, b) => sum + b.arr.minor, 0);
  return (
    <section className={s.strip} aria-label="Bands">
      <div className={s.total}>
        <span className={s.bandName}>
          {plural(totals.accounts, 'account')}
          {totals.score_mean_arr_weighted != null && (
            <Tooltip label="Mean score of these accounts, each weighted by its ARR, and its change in 30 days">
              <span tabIndex={0}>
                · mean score {decimal(totals.score_mean_arr_weighted, 0)} (<Delta value={totals.delta_30} digits={1} />)
              </span>
            </Tooltip>
          )}
        </span>
        <span className={s.figure}>
          <MoneyText value={totals.arr} /> <small className="muted">ARR</small>
        </span>
        <span className={s.sub}>
          {plural(data.activity.meetings_30 ?? 0, 'meeting')} in 30 days · {plural(data.activity.tickets_open ?? 0, 'open ticket')}
        </span>
      </div>
      {bands.map((b) => (
        <BandFigure key={b.key || 'none'} band={b} owner={owner} />
      ))}
      {whole > 0 && (
        <div className={s.share} role="img" aria-label={`ARR by band: ${bands.map((b) => `${b.title} ${moneyShort(b.arr)}`).join(', ')}`}>
          {bands
            .filter((b) => b.arr.minor > 0)
            .map((b) => (
              <Tooltip key={b.key || 'none'} label={`${b.title}: ${moneyExact(b.arr)}, ${decimal((b.arr.minor / whole) * 100, 1)} % of ARR`}>
                <span style={{ flex: b.arr.minor, background: `var(--k-band-${bandColor(b.color)})` }} />
              </Tooltip>
            ))}
        </div>
      )}
    </section>
  );
}

function BandFigure({ band: b, owner }: { band: PortfolioBand; owner: string }) {
  const moved = b.accounts - b.accounts_before;
  const arrMoved = b.arr.minor - b.arr_before.minor;
  // More accounts in a bad band is bad: only green and red say so by colour.
  const good = bandColor(b.color) === 'green' || bandColor(b.color) === 'lime';
  const neutral = !good && bandColor(b.color) !== 'red' && bandColor(b.color) !== 'orange';
  const color = moved === 0 || neutral ? 'var(--k-text-3)' : moved > 0 === good ? 'var(--k-up)' : 'var(--k-down)';
  return (
    <Link to="/accounts" search={{ band: b.key || 'none', owner: owner === 'all' ? undefined : owner, sort: '-arr' }} className={s.band}>
      <span className={s.bandName}>
        <BandShape color={b.color} />
        {b.title || 'No score'}
      </span>
      <span className={s.figure}>
        {count(b.accounts)}
        <Tooltip label={`${count(b.accounts_before)} accounts 30 days ago`}>
          <small style={{ color }}>{moved === 0 ? '±0' : signed(moved)}</small>
        </Tooltip>
      </span>
      <span className={s.sub}>
        <MoneyText value={b.arr} />{' '}
        {arrMoved !== 0 && (
          <Tooltip label={`${moneyExact(b.arr_before)} 30 days ago`}>
            <span>
              ({arrMoved > 0 ? '+' : '−'}
              {moneyShort({ minor: Math.abs(arrMoved), currency: b.arr.currency })})
            </span>
          </Tooltip>
        )}
      </span>
    </Link>
  );
}
