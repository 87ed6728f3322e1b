import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { AccountMetric } from '../../api/shapes';
import { ExplainButton } from '../../explain/ExplainButton';
import { decimal, withUnit } from '../../format/number';
import { Nothing } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import s from './records.module.css';

/** Whether a change is good, by what the metric says of itself. */
export function moveOf(m: Pick<AccountMetric, 'value' | 'previous' | 'higher_is_better'>): 'up' | 'down' | 'flat' {
  if (m.value == null || m.previous == null || m.value === m.previous || m.higher_is_better == null) return 'flat';
  return m.value > m.previous === m.higher_is_better ? 'up' : 'down';
}

/** Every metric of the account, now and 30 days before. */
export function MetricsTable({ items, account }: { items: AccountMetric[]; account: string }) {
  const [q, setQ] = useState('');
  const words = q.trim().toLowerCase();
  const rows = items.filter((m) => !words || `${m.title} ${m.name}`.toLowerCase().includes(words));
  return (
    <>
      <div className={`${s.find} no-print`}>
        <TextInput aria-label="Find a metric" placeholder="Find a metric" leftSection={<IconSearch size={14} />} value={q} onChange={(e) => setQ(e.currentTarget.value)} w={240} />
      </div>
      <Sheet
        label="Metrics"
        rows={rows}
        rowKey={(m) => m.name}
        columns={[
          {
            key: 'title',
            title: 'Metric',
            render: (m) => (
              <>
                <ExplainButton target={{ account, metric: m.name }} label={`Explain ${m.title || m.name}`}>
                  {m.title || m.name}
                </ExplainButton>
                <span className={s.sub}>{m.formula}</span>
              </>
            ),
          },
          { key: 'value', title: 'Value', align: 'right', width: 110, render: (m) => <b>{m.value == null ? <Nothing /> : withUnit(m.value, m.unit)}</b> },
          { key: 'previous', title: '30 days before', align: 'right', width: 120, wide: true, render: (m) => (m.previous == null ? <Nothing /> : <span className={s.move} data-dir={moveOf(m)}>{withUnit(m.previous, m.unit)}</span>) },
          { key: 'age', title: 'Data age', align: 'right', width: 90, wide: true, render: (m) => (m.age_days == null ? <Nothing why="does not age" /> : `${decimal(m.age_days, 0)} d`) },
        ]}
      />
    </>
  );
}
