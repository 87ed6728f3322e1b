import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconHandStop, IconMoodSmile } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { healthQuery } from '../../api/queries';
import { Panel } from '../../parts/Page';
import { ErrorNote, Rows } from '../../parts/States';
import { AccountRisk } from '../churn/AccountRisk';
import { Contributions } from './Contributions';
import s from './health.module.css';
import { HealthHead } from './HealthHead';
import { History } from './History';
import { OverrideDialog } from './OverrideDialog';
import { SentimentDialog } from './SentimentDialog';
import { useAccount } from './useAccount';
import { WhatChanged } from './WhatChanged';

/** The score taken apart: what it is made of, what changed, and how it went. */
export function Health() {
  const { accountId, asOf, mayEdit, past } = useAccount();
  const { compare_to } = useSearch({ from: '/app/accounts/$accountId' });
  const query = useQuery(healthQuery(accountId, asOf, compare_to));
  const [overriding, override] = useDisclosure(false);
  const [judging, judge] = useDisclosure(false);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={14} />;
  const health = query.data;
  return (
    <div className={s.page}>
      <HealthHead health={health} />
      <Panel
        title="What the score is made of"
        hint={`model version ${health.model_version}`}
        className={s.made}
        actions={
          <Group gap={6} className="no-print">
            {past && <span className="muted">The past can be read, not changed.</span>}
            <Button variant="default" leftSection={<IconMoodSmile size={14} />} disabled={!mayEdit} onClick={judge.open}>
              Enter sentiment
            </Button>
            <Button variant="default" leftSection={<IconHandStop size={14} />} disabled={!mayEdit} onClick={override.open}>
              Override
            </Button>
          </Group>
        }
      >
        <Contributions health={health} account={accountId} />
      </Panel>
      <AccountRisk account={accountId} asOf={asOf} className={s.leaving} />
      <WhatChanged health={health} />
      <History health={health} />
      <OverrideDialog opened={overriding} onClose={override.close} />
      <SentimentDialog opened={judging} onClose={judge.close} />
    </div>
  );
}
