import { Anchor, Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deliveriesQuery, redeliver, useWebhooks } from '../../api/webhooks';
import type { Delivery, Webhook } from '../../api/shapes';
import { instant } from '../../format/date';
import { count } from '../../format/number';
import { When } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote, Rows } from '../../parts/States';
import { More } from '../account/More';
import c from './connect.module.css';
import s from './data.module.css';

const STATE: Record<Delivery['state'], string> = { waiting: 'on its way', delivered: 'delivered', dead: 'failed' };
const SHOWN: Record<Delivery['state'], string> = { waiting: 'running', delivered: 'ok', dead: 'failed' };

/** What was sent to one receiver, what it answered, and sending it again. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const query = useInfiniteQuery(deliveriesQuery(webhook.id));
  const again = useWebhooks((id: string) => redeliver(id));
  const [open, setOpen] = useState<string>();
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={4} />;
  const rows = query.data.pages.flatMap((p) => p.items);
  const chosen = rows.find((d) => d.id === open);
  return (
    <div className={s.page}>
      <Panel title={`Sent to ${webhook.name}`} hint="the last 30 days">
        {again.error && <ErrorNote error={again.error} title="It was not sent again" />}
        {rows.length === 0 ? (
          <p className={s.none}>Nothing was sent yet. Send a test from its menu.</p>
        ) : (
          <Sheet
            label="Deliveries"
            rows={rows}
            rowKey={(d) => d.id}
            columns={[
              {
                key: 'kind',
                title: 'Event',
                render: (d) => (
                  <>
                    <Anchor component="button" type="button" aria-expanded={open === d.id} onClick={() => setOpen(open === d.id ? undefined : d.id)}>
                      {d.kind}
                    </Anchor>
                    {d.last_error && <span className={s.sub}>{d.last_error}</span>}
                  </>
                ),
              },
              { key: 'state', title: 'State', width: 130, render: (d) => <span className={s.state} data-state={SHOWN[d.state]}>{STATE[d.state]}</span> },
              { key: 'status', title: 'Answer', align: 'right', width: 90, render: (d) => (d.last_status > 0 ? String(d.last_status) : <span className="muted">none</span>) },
              { key: 'tries', title: 'Tries', align: 'right', width: 70, wide: true, render: (d) => count(d.attempts) },
              { key: 'when', title: 'Since', align: 'right', width: 130, wide: true, render: (d) => <When at={d.created_at} /> },
              { key: 'next', title: 'Next try', align: 'right', width: 130, wide: true, render: (d) => (d.state === 'waiting' ? <When at={d.next_at} /> : <span className="muted">none</span>) },
              {
                key: 'do',
                title: <span className="sr-only">Actions</span>,
                align: 'right',
                width: 130,
                render: (d) => (
                  <Button variant="default" disabled={d.state === 'waiting' || again.isPending} onClick={() => again.mutate(d.id)}>
                    Send again
                  </Button>
                ),
              },
            ]}
          />
        )}
        <More shown={rows.length} total={query.data.pages[0]?.total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
      </Panel>
      {chosen && (
        <Panel title={`${chosen.kind}, ${instant(chosen.created_at)}`} hint={chosen.event_id}>
          <pre className={c.body}>{pretty(chosen.body)}</pre>
          {chosen.last_response && (
            <>
              <p className={c.tight} style={{ margin: 0 }}>
                <b>What it answered</b>
              </p>
              <pre className={c.body}>{chosen.last_response}</pre>
            </>
          )}
        </Panel>
      )}
    </div>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
