import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef } from 'react';
import { metricsQuery } from '../../api/queries';
import { plural, withUnit } from '../../format/number';
import { Bar, Nothing } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { useKeys } from '../../shell/keys';
import { SpreadBox } from './CurvePlot';
import s from './health.module.css';
import { UsedBy } from './UsedBy';

/** Every metric: what it means in words, who has it, how it spreads, and who uses it. */
export function Catalogue() {
  const { q = '' } = useSearch({ from: '/app/health/metrics' });
  const navigate = useNavigate();
  const search = useRef<HTMLInputElement>(null);
  const query = useQuery(metricsQuery);
  useKeys({
    '/': (event) => {
      event.preventDefault();
      search.current?.focus();
    },
  });
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={14} />;
  const words = q.toLowerCase();
  const all = query.data.items;
  const rows = all.filter((m) => !words || `${m.title ?? ''} ${m.name} ${m.in_words}`.toLowerCase().includes(words));
  if (all.length === 0)
    return (
      <Empty title="No metric">
        Metrics are the numbers that scorecards stand on. Write them under <Link to="/data/model">Data, Model</Link>.
      </Empty>
    );
  return (
    <>
      <div className={s.bar}>
        <TextInput ref={search} aria-label="Find a metric" placeholder="Find a metric  /" leftSection={<IconSearch size={14} />} w={260} value={q} onChange={(e) => void navigate({ to: '/health/metrics', search: (old) => ({ ...old, q: e.target.value || undefined }), replace: true })} />
        <span className="muted">{plural(rows.length, 'metric')}</span>
        <span className={s.grow} />
        <span className="muted">
          Defined in the <Link to="/data/model" style={{ color: 'var(--k-accent)', textDecoration: 'underline' }}>model</Link>
        </span>
      </div>
      <Sheet
        label="Metrics"
        rows={rows}
        rowKey={(m) => m.name}
        columns={[
          {
            key: 'title',
            title: 'Metric',
            width: '38%',
            render: (m) => (
              <>
                <Link to="/health/metrics/$name" params={{ name: m.name }} className={s.metricLink}>{m.title || m.name}</Link> <code className="muted">{m.name}</code>
                <span className={s.sub}>{m.in_words}</span>
                {m.description && <span className={s.sub}>{m.description}</span>}
              </>
            ),
          },
          { key: 'kind', title: 'Kind', width: 110, wide: true, render: (m) => m.kind.replaceAll('_', ' ') },
          { key: 'coverage', title: 'Accounts with a value', width: 130, render: (m) => <Bar share={m.coverage} /> },
          { key: 'spread', title: 'How it spreads', width: 170, wide: true, render: (m) => (m.distribution ? <SpreadBox spread={m.distribution} unit={m.unit} /> : <Nothing why="no account has it" />) },
          { key: 'median', title: 'Median', align: 'right', width: 110, render: (m) => (m.distribution ? withUnit(m.distribution.p50, m.unit) : <Nothing />) },
          {
            key: 'used',
            title: 'Used by',
            wide: true,
            render: (m) => (m.used_by.length ? <UsedBy names={m.used_by} /> : <span className="muted">nothing yet</span>),
          },
        ]}
      />
    </>
  );
}
