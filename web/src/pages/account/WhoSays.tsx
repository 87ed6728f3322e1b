import { Button, Menu } from '@mantine/core';
import { IconArrowsSplit2 } from '@tabler/icons-react';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { fieldsQuery, splitAccount, useIdentity } from '../../api/identity';
import { sessionQuery } from '../../api/queries';
import { When } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote } from '../../parts/States';
import { useAccount } from './useAccount';
import s from './records.module.css';

/** Of each field that several systems speak of: who is believed, why, and what the others say. */
export function WhoSays({ account }: { account: string }) {
  const query = useQuery(fieldsQuery(account));
  const { detail } = useAccount();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const mayData = session.permissions.includes('import') || session.permissions.includes('*');
  const split = useIdentity((source: string) => splitAccount(account, source));
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  const rows = (query.data?.items ?? []).filter((f) => f.claims.length > 1);
  const systems = [...new Set((detail?.external_ids ?? []).map((e) => e.source))];
  if (rows.length === 0 && systems.length < 2) return null;
  return (
    <div style={{ padding: '14px 20px 24px' }}>
      <Panel
        title="What each system says"
        hint={systems.length > 0 ? `known to ${systems.join(', ')}` : undefined}
        actions={
          mayData &&
          systems.length > 1 && (
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" leftSection={<IconArrowsSplit2 size={14} />} loading={split.isPending}>
                  Split
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>Make an account of its own of what one system knows. It can be undone.</Menu.Label>
                {systems.map((name) => (
                  <Menu.Item key={name} onClick={() => split.mutate(name)}>
                    {name}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )
        }
      >
        {split.error && <ErrorNote error={split.error} title="It was not split" />}
        {rows.length === 0 ? (
          <p className="muted" style={{ margin: 0, padding: 14 }}>No two systems speak of the same field yet.</p>
        ) : (
          <Sheet
            label="Fields that several systems speak of"
            rows={rows}
            rowKey={(f) => f.field}
            columns={[
              { key: 'field', title: 'Field', width: '20%', render: (f) => f.field.replaceAll('_', ' ') },
              { key: 'value', title: 'Holds', render: (f) => <b style={{ fontWeight: 500 }}>{f.value}</b> },
              { key: 'why', title: 'Because', wide: true, render: (f) => f.why },
              {
                key: 'claims',
                title: 'Said by',
                render: (f) => (
                  <ul className={s.claims}>
                    {f.claims.map((c) => (
                      <li key={c.source} data-wins={c.wins}>
                        <b>{c.source}</b> {c.value || 'nothing'} <span className="muted">since <When at={c.known_at} /></span>
                      </li>
                    ))}
                  </ul>
                ),
              },
            ]}
          />
        )}
      </Panel>
    </div>
  );
}
