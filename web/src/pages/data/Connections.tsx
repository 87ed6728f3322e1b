import { Button } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { connectionsQuery } from '../../api/connect';
import { count } from '../../format/number';
import { Nothing, When } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote, Rows } from '../../parts/States';
import s from './data.module.css';
import { every, SHOWN, WORDS } from './connection';

/** The systems that Kept reads by itself, and how each of them is doing. */
export function Connections() {
  const query = useQuery(connectionsQuery);
  return (
    <section aria-labelledby="connected">
      <div className={s.bar}>
        <div className={s.section} style={{ flex: 1 }}>
          <h2 id="connected">
            Connected systems <span className={s.sub}>Kept reads them on a schedule, from where it stopped the last time.</span>
          </h2>
        </div>
        <Button component={Link} to="/data/connect" leftSection={<IconPlugConnected size={14} />}>
          Connect a system
        </Button>
      </div>
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      ) : !query.data ? (
        <Rows n={3} />
      ) : query.data.items.length === 0 ? (
        <p className={s.none} style={{ paddingInline: 20 }}>
          No system is connected. Stripe, Salesforce, HubSpot, Zendesk and SQL databases take a few minutes each.
        </p>
      ) : (
        <Sheet
          label="Connected systems"
          rows={query.data.items}
          rowKey={(c) => c.id}
          columns={[
            {
              key: 'name',
              title: 'Connection',
              render: (c) => (
                <>
                  <Link to="/data/connections/$connectionId" params={{ connectionId: c.id }} style={{ fontWeight: 500 }}>
                    {c.name}
                  </Link>
                  <span className={s.sub}>{c.last_error || c.title}</span>
                </>
              ),
            },
            { key: 'state', title: 'State', width: 140, render: (c) => <span className={s.state} data-state={SHOWN[c.state]}>{WORDS[c.state]}</span> },
            { key: 'waiting', title: 'Waiting', align: 'right', width: 100, wide: true, render: (c) => (c.waiting > 0 ? count(c.waiting) : <Nothing />) },
            { key: 'every', title: 'Reads', width: 130, wide: true, render: (c) => every(c.every_seconds) },
            { key: 'ok', title: 'Last good run', align: 'right', width: 130, render: (c) => <When at={c.last_ok_at} /> },
            { key: 'next', title: 'Next run', align: 'right', width: 130, wide: true, render: (c) => <When at={c.next_run_at} /> },
          ]}
        />
      )}
    </section>
  );
}
