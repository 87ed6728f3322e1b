import { IconChevronLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { metricQuery } from '../../../api/metric';
import { metricsQuery } from '../../../api/queries';
import { LinkTabs } from '../../../parts/LinkTabs';
import { PageHeader } from '../../../parts/Page';
import { ErrorNote, Rows } from '../../../parts/States';
import { useAsOf } from '../../../url/useAsOf';
import editor from '../editor.module.css';
import { MetricEditor } from './MetricEditor';
import { MetricView } from './MetricView';

/** One metric: what it means and how it spreads, and its text with a try-out. */
export function MetricPage() {
  const { name } = useParams({ from: '/app/health/metrics/$name' });
  const { edit } = useSearch({ from: '/app/health/metrics/$name' });
  const { asOf } = useAsOf();
  const listed = useQuery(metricsQuery).data?.items;
  const fresh = listed !== undefined && !listed.some((m) => m.name === name);
  const title = listed?.find((m) => m.name === name)?.title || name;
  const base = `/health/metrics/${encodeURIComponent(name)}`;
  return (
    <>
      <PageHeader
        name={title}
        title={
          <>
            <Link to="/health/metrics" className={editor.back}>
              <IconChevronLeft size={16} aria-hidden="true" /> Metrics
            </Link>
            {title}
          </>
        }
      >
        <div className={editor.sub}>
          <code>{name}</code>
        </div>
      </PageHeader>
      <LinkTabs
        label="Parts of the metric"
        current={edit ? 'edit' : 'view'}
        tabs={[
          { key: 'view', title: 'What it says', to: base },
          { key: 'edit', title: 'Edit and try', to: `${base}?edit=true` },
        ]}
      />
      {edit ? <MetricEditor key={name} name={name} /> : fresh ? <New name={name} /> : <View name={name} asOf={asOf} />}
    </>
  );
}

function View({ name, asOf }: { name: string; asOf?: string }) {
  const query = useQuery(metricQuery(name, asOf));
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} title="The metric could not be shown" />;
  if (!query.data) return <Rows n={14} />;
  return <MetricView metric={query.data} />;
}

function New({ name }: { name: string }) {
  return (
    <p style={{ padding: '14px 20px' }}>
      The model has no metric <code>{name}</code>.{' '}
      <Link to="/health/metrics/$name" params={{ name }} search={{ edit: true }} style={{ color: 'var(--k-accent)', textDecoration: 'underline' }}>
        Write it
      </Link>{' '}
      and see what it would say before it is saved.
    </p>
  );
}
