import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { movementsQuery, type BridgeAsk, type BridgeLine, type RevenueBridge, type RevenueMovement } from '../../api/revenue';
import { count, plural } from '../../format/number';
import { MoneyText } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import { Sheet } from '../../parts/Sheet';
import { ErrorNote, Rows } from '../../parts/States';
import s from './revenue.module.css';
import type { Kind } from './search';

const WORDS: Record<Kind, string> = {
  opening: 'paid at the start',
  new: 'are new',
  reactivation: 'came back',
  expansion: 'expanded',
  escalation: 'pay higher prices',
  contraction: 'contracted',
  churn: 'left',
  closing: 'pay at the end',
};

const amount = (l: BridgeLine, kind: Kind) => ({ opening: l.opening_minor, new: l.new_minor, reactivation: l.reactivation_minor, expansion: l.expansion_minor, escalation: l.escalation_minor, contraction: -l.contraction_minor, churn: -l.churn_minor, closing: l.closing_minor })[kind];

/** The accounts behind a bar or a group. */
export function Movements({ ask, kind, group, bridge }: { ask: BridgeAsk; kind: Kind; group?: string; bridge: RevenueBridge }) {
  const navigate = useNavigate({ from: '/revenue' });
  const query = useQuery({ ...movementsQuery({ ...ask, step: undefined, kind, group }), placeholderData: keepPreviousData });
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), [kind, group]);
  const money = (minor: number) => ({ minor, currency: bridge.currency });
  const of = group === undefined ? undefined : (bridge.groups.find((g) => (g.key || 'none') === group)?.title ?? group);
  const list = query.data;
  return (
    <div ref={place}>
      <Panel
        title={`Accounts that ${WORDS[kind]}${of ? `: ${of}` : ''}`}
        hint={list ? (list.items.length < list.total ? `the first ${count(list.items.length)} of ${count(list.total)}` : plural(list.total, 'account')) : undefined}
        actions={
          <ActionIcon aria-label="Close the list of accounts" onClick={() => void navigate({ search: (old) => ({ ...old, kind: undefined, group: undefined }), replace: true })}>
            <IconX size={16} />
          </ActionIcon>
        }
      >
        {query.error ? (
          <ErrorNote error={query.error} retry={() => void query.refetch()} />
        ) : !list ? (
          <Rows n={5} />
        ) : (
          <div className={s.list}>
            <Sheet<RevenueMovement>
              label="Accounts behind the figure"
              rows={list.items}
              rowKey={(m) => `${m.account.id} ${m.group.key}`}
              columns={[
                {
                  key: 'account',
                  title: 'Account',
                  render: (m) => (
                    <Link to="/accounts/$accountId/$tab" params={{ accountId: m.account.id, tab: 'subscriptions' }}>
                      {m.account.name}
                    </Link>
                  ),
                },
                ...(bridge.by === 'none' || (bridge.by === 'product' && group === undefined) ? [] : [{ key: 'group', title: 'Group', wide: true, render: (m: RevenueMovement) => m.group.title }]),
                { key: 'opening', title: 'Opening', align: 'right' as const, width: 110, wide: true, render: (m: RevenueMovement) => <MoneyText value={money(m.line.opening_minor)} /> },
                ...(kind === 'opening' || kind === 'closing' ? [] : [{ key: 'by', title: 'Moved', align: 'right' as const, width: 110, render: (m: RevenueMovement) => <MoneyText value={money(amount(m.line, kind))} /> }]),
                { key: 'closing', title: 'Closing', align: 'right' as const, width: 110, render: (m: RevenueMovement) => <MoneyText value={money(m.line.closing_minor)} /> },
              ]}
            />
          </div>
        )}
      </Panel>
    </div>
  );
}
