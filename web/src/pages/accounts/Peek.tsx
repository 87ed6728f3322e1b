import { Button, Drawer } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { AccountRow } from '../../api/contract';
import { accountQuery, healthQuery } from '../../api/queries';
import { day } from '../../format/date';
import { signed } from '../../format/number';
import { Delta, MoneyText, Nothing, RenewalText, Sparkline } from '../../parts/Figures';
import { ErrorNote, Rows } from '../../parts/States';
import { useAsOf } from '../../url/useAsOf';
import { ScoreCell } from './columns';
import s from './accounts.module.css';

/** One account beside the table: the facts that matter, and why its score moved. */
export function Peek({ id, row: loaded, onClose }: { id?: string; row?: AccountRow; onClose: () => void }) {
  const { asOf } = useAsOf();
  // A link may name an account that the list has not come to.
  const one = useQuery({ ...accountQuery(id ?? '', asOf), enabled: id !== undefined && loaded === undefined });
  const row = loaded ?? one.data;
  return (
    <Drawer opened={id !== undefined} onClose={onClose} title={row?.name ?? ' '} size={400} withOverlay={false} lockScroll={false} trapFocus={false} closeButtonProps={{ 'aria-label': 'Close' }} shadow="lg" styles={{ title: { fontWeight: 600, fontSize: 15 }, inner: { pointerEvents: 'none', top: 'var(--k-top)', height: 'calc(100% - var(--k-top))' }, content: { pointerEvents: 'all', height: '100%', borderLeft: '1px solid var(--k-border)' } }}>
      {id && <Inside key={id} id={id} row={row} />}
    </Drawer>
  );
}

function Inside({ id, row }: { id: string; row?: AccountRow }) {
  const { asOf } = useAsOf();
  const health = useQuery(healthQuery(id, asOf));
  const measures = [...(health.data?.change.measures ?? [])].filter((m) => Math.abs(m.points) >= 0.05).sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  const loss = [...(health.data?.result.contributions ?? [])].filter((c) => c.loss > 0.5).sort((a, b) => b.loss - a.loss);
  return (
    <div className={s.peek}>
      {row && (
        <>
          <div className={s.peekTop}>
            <ScoreCell row={row} />
            <span>
              <Delta value={row.delta_30} /> <span className="muted">in 30 days</span>
            </span>
            <Sparkline values={row.spark} color={row.band?.color} width={140} height={24} />
          </div>
          <dl className={s.peekFacts}>
            <div>
              <dt>ARR</dt>
              <dd>
                <MoneyText value={row.arr} />
              </dd>
            </div>
            <div>
              <dt>Renewal</dt>
              <dd>
                {row.renewal_at ? day(row.renewal_at) : <Nothing />} {row.renewal_at && <span className="muted"><RenewalText at={row.renewal_at} days={row.days_to_renewal} /></span>}
              </dd>
            </div>
            <div>
              <dt>Segment</dt>
              <dd>{row.segment?.title || <Nothing />}</dd>
            </div>
            <div>
              <dt>Owner</dt>
              <dd>{row.owner?.name ?? <Nothing why="no owner" />}</dd>
            </div>
          </dl>
        </>
      )}
      {health.error && <ErrorNote error={health.error} retry={() => void health.refetch()} />}
      {health.isPending && <Rows n={6} />}
      {health.data && <p style={{ margin: 0 }}>{health.data.sentence}</p>}
      <Parts title="What moved it" items={measures.slice(0, 5).map((m) => ({ key: m.measure, label: m.title || m.measure, points: m.points }))} />
      <Parts title="Where the most points are lost" items={loss.slice(0, 4).map((c) => ({ key: c.measure, label: c.title || c.measure, points: -c.loss }))} />
      <Button component={Link} to={`/accounts/${id}`} rightSection={<IconArrowRight size={14} />} variant="light">
        Open the account
      </Button>
    </div>
  );
}

function Parts({ title, items }: { title: string; items: { key: string; label: string; points: number }[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3 className={s.peekTitle}>{title}</h3>
      <ul className={s.peekParts}>
        {items.map((item) => (
          <li key={item.key}>
            <span>{item.label}</span>
            <span className="num" style={{ color: item.points > 0 ? 'var(--k-up)' : 'var(--k-down)' }}>
              {signed(item.points, 1)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
