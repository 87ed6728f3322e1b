import { Link } from '@tanstack/react-router';
import type { EventRows, MetricWhy } from '../api/shapes';
import { day } from '../format/date';
import { count, plural, withUnit } from '../format/number';
import s from './explain.module.css';

/** The address of a list of events inside the app; the as-of day of the page stays. */
export function rowsLink(row: Pick<EventRows, 'query'>): string {
  const given = new URLSearchParams(row.query);
  const kept = new URLSearchParams();
  for (const key of ['account', 'name', 'product', 'from', 'to']) {
    const value = given.get(key);
    if (value) kept.set(key, value);
  }
  return `/data/events?${kept.toString()}`;
}

/** The events and facts behind a value, each list with its number of rows and the way to them. */
export function RowsBehind({ why, depth = 0 }: { why: MetricWhy; depth?: number }) {
  const rows = why.rows.filter((r) => r.count > 0);
  const none = why.rows.length - rows.length;
  return (
    <div className={depth > 0 ? s.behind : undefined}>
      {depth > 0 && (
        <div>
          {why.title || why.name}: <b className="num">{withUnit(why.value, why.unit)}</b> <span className={s.sub}>{why.note || why.formula}</span>
        </div>
      )}
      {why.rows.length > 0 && (
        <ul className={s.rows}>
          {rows.map((r) => (
            <li key={r.query}>
              <Link to={rowsLink(r)} preload={false}>
                {count(r.count)} × {r.name || 'any event'}
                {r.product && ` of ${r.product}`}
              </Link>
              {r.some && <span className={s.sub}>the metric reads some of these: those with a value, or those that its condition selects</span>}
            </li>
          ))}
          {none > 0 && <li className={s.sub}>{rows.length === 0 ? 'no such event in the window' : `none of ${plural(none, 'other event')}`}</li>}
        </ul>
      )}
      {why.facts.length > 0 && (
        <ul className={s.rows}>
          {why.facts.map((f, i) => (
            <li key={i}>
              {f.value}
              <span className={s.sub}>
                {[f.source, f.author, f.valid_from && `holds since ${day(f.valid_from)}`, f.known_at && f.valid_from && f.known_at.slice(0, 10) > f.valid_from.slice(0, 10) && `known since ${day(f.known_at)}`].filter(Boolean).join(', ')} · <code>{f.key}</code>
                {f.reason && ` “${f.reason}”`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {why.inputs.map((i) => (
        <RowsBehind key={i.name + i.title} why={i} depth={depth + 1} />
      ))}
    </div>
  );
}
