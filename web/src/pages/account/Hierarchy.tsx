import { ActionIcon } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconSitemap } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { hierarchyQuery, type Hierarchy as Tree, type HierarchyNode } from '../../api/compare';
import { ExplainButton } from '../../explain/ExplainButton';
import { count, decimal, percent, plural } from '../../format/number';
import { BandChip } from '../../parts/BandChip';
import { Delta, MoneyText, Nothing } from '../../parts/Figures';
import { Panel } from '../../parts/Page';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import s from './hierarchy.module.css';
import { closedAtFirst, openNodes } from './tree';
import { useAccount } from './useAccount';

/** An account with those below it: how they stand, and how their scores enter its own. */
export function Hierarchy() {
  const { accountId, asOf } = useAccount();
  const answer = useQuery(hierarchyQuery(accountId, asOf));
  if (answer.error) return <ErrorNote error={answer.error} retry={() => void answer.refetch()} title="The hierarchy could not be shown" />;
  if (!answer.data) return <Rows n={10} />;
  const tree = answer.data;
  const alone = tree.nodes.length === 1;
  return (
    <div className={s.page}>
      {tree.path.length > 0 && (
        <nav className={s.path} aria-label="Accounts above">
          {tree.path.map((p) => (
            <span key={p.id}>
              <Link to="/accounts/$accountId/$tab" params={{ accountId: p.id, tab: 'hierarchy' }} className="target">
                {p.name}
              </Link>
              <IconChevronRight size={14} aria-hidden="true" />
            </span>
          ))}
          <b>{tree.nodes[0]!.name}</b>
        </nav>
      )}
      {alone ? (
        <Empty icon={IconSitemap} title="No accounts are below this one">
          A child account names its parent in an import, or on its own page under “Edit the account”.{tree.path.length > 0 && ' The accounts above are linked at the top.'}
        </Empty>
      ) : (
        <>
          <p className={s.sentence}>{tree.sentence}</p>
          {/* Another account or another day begins with its own open branches. */}
          <Branches key={`${accountId} ${tree.as_of}`} tree={tree} />
          <div className={s.side}>
            <InAll tree={tree} />
            {tree.rules.length > 0 && <Rules tree={tree} />}
          </div>
        </>
      )}
    </div>
  );
}

function InAll({ tree }: { tree: Tree }) {
  const worst = tree.nodes.find((n) => n.id === tree.worst_id);
  const root = tree.nodes[0]!;
  return (
    <Panel title="In all">
      <dl className={s.facts}>
        <div>
          <dt>Accounts</dt>
          <dd>{count(tree.accounts)}</dd>
        </div>
        <div>
          <dt>ARR</dt>
          <dd>
            <MoneyText value={tree.arr} />
          </dd>
        </div>
        <div>
          <dt>Mean score by ARR</dt>
          <dd>{tree.score_by_arr == null ? <Nothing why="no score" /> : decimal(tree.score_by_arr, 1)}</dd>
        </div>
        {root.rule && (
          <div>
            <dt>{root.name} by itself</dt>
            <dd>{root.rule.own == null ? <Nothing why="no score" /> : decimal(root.rule.own, 1)}</dd>
          </div>
        )}
        {worst && (
          <div>
            <dt>Lowest below</dt>
            <dd>
              <Link to="/accounts/$accountId/$tab" params={{ accountId: worst.id, tab: 'health' }} className="target">
                {worst.name}
              </Link>{' '}
              <BandChip band={worst.band} score={worst.score} />
            </dd>
          </div>
        )}
      </dl>
    </Panel>
  );
}

/** What each rule would make of the children: the one in force is marked. */
function Rules({ tree }: { tree: Tree }) {
  return (
    <Panel title="What each rule would say" hint={tree.rolls_up ? undefined : 'none is in force'}>
      <ul className={s.rules}>
        {tree.rules.map((r) => (
          <li key={r.key} data-on={r.in_force}>
            <span>
              {r.words[0]!.toUpperCase() + r.words.slice(1)}
              {r.in_force && <b> · in force</b>}
            </span>
            <span className="num">{r.score == null ? <Nothing why="no score" /> : decimal(r.score, 1)}</span>
          </li>
        ))}
      </ul>
      <p className={s.note}>
        Of the direct children, {tree.rolls_up ? 'rounding and caps of the scorecard left out' : 'for comparison'}. The rule is set in the <Link to="/health/scorecards/$key" params={{ key: tree.scorecard.key }}>scorecard {tree.scorecard.title}</Link>, under <code>hierarchy</code> in its YAML.
      </p>
    </Panel>
  );
}

function Branches({ tree }: { tree: Tree }) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => closedAtFirst(tree.nodes));
  const toggle = (id: string) => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setClosed(next);
  };
  // Where nobody takes children in, the sentence says so once.
  const rolls = tree.nodes.some((n) => n.rule !== undefined);
  const shown = openNodes(tree.nodes, closed);
  const most = Math.max(1, ...tree.nodes.map((n) => Math.abs(n.points ?? 0)));
  return (
    <Panel title={plural(tree.accounts, 'account')} hint={tree.truncated ? 'only the first 2,000, and eight levels, are listed' : undefined} className={s.tree}>
      <div className={s.scroll} tabIndex={0} role="region" aria-label="Hierarchy, scrolls sideways">
        <table className={s.table} aria-label="Hierarchy">
          <thead>
            <tr>
              <th scope="col">Account</th>
              <th scope="col">Health</th>
              <th scope="col">30 days</th>
              <th scope="col">ARR</th>
              <th scope="col">With all below</th>
              {rolls && <th scope="col">Gives its parent</th>}
            </tr>
          </thead>
          <tbody>
            {shown.map((n) => (
              <Row key={n.id} node={n} closed={closed.has(n.id)} toggle={() => toggle(n.id)} most={most} rolls={rolls} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Row({ node: n, closed, toggle, most, rolls }: { node: HierarchyNode; closed: boolean; toggle: () => void; most: number; rolls: boolean }) {
  const onKey = (event: React.KeyboardEvent) => {
    if ((event.key === 'ArrowLeft' && !closed) || (event.key === 'ArrowRight' && closed)) {
      event.preventDefault();
      toggle();
    }
  };
  return (
    <tr data-off={n.depth > 0 && !n.counts} data-root={n.depth === 0}>
      <th scope="row">
        <span className={s.name} style={{ paddingLeft: Math.min(n.depth, 8) * 18 }}>
          {n.children > 0 ? (
            <ActionIcon size={24} variant="subtle" color="gray" aria-expanded={!closed} aria-label={`${plural(n.below, 'account')} below ${n.name}`} onClick={toggle} onKeyDown={onKey}>
              {closed ? <IconChevronRight size={15} /> : <IconChevronDown size={15} />}
            </ActionIcon>
          ) : (
            <span className={s.leaf} aria-hidden="true" />
          )}
          <Link to="/accounts/$accountId/$tab" params={{ accountId: n.id, tab: n.children > 0 && n.depth > 0 ? 'hierarchy' : 'health' }} title={n.name} className="target">
            {n.name}
          </Link>
          {closed && <small className="muted">+{count(n.below)}</small>}
          {n.status === 'churned' && <small className="muted">left</small>}
          {n.worst && <small className={s.worst}>lowest</small>}
        </span>
        {n.rule && (
          <span className={s.rule} style={{ paddingLeft: Math.min(n.depth, 8) * 18 + 28 }}>
            {n.rule.words}
            {n.rule.own_share > 0 && `; its own score gives ${decimal(n.rule.own_points, 1)} (${percent(n.rule.own_share)})`}
          </span>
        )}
      </th>
      <td>
        {n.score == null ? (
          <BandChip band={null} />
        ) : (
          <ExplainButton target={{ account: n.id }} label={`Explain the score of ${n.name}`}>
            <BandChip band={n.band} score={n.score} stale={n.stale} overridden={n.overridden} />
          </ExplainButton>
        )}
      </td>
      <td>
        <Delta value={n.delta_30} />
      </td>
      <td>
        <MoneyText value={n.arr} />
      </td>
      <td>{n.children > 0 ? <MoneyText value={n.arr_total} /> : ''}</td>
      {rolls && <td className={s.gives}>
        {n.depth === 0 ? (
          ''
        ) : n.counts ? (
          n.points == null ? (
            <span className="muted">counts</span>
          ) : (
            <span className={s.points} title={n.share == null ? undefined : `${percent(n.share, 1)} of the roll-up`}>
              <span className={s.track} aria-hidden="true">
                <span style={{ width: `${(Math.abs(n.points) / most) * 100}%` }} />
              </span>
              {decimal(n.points, 1)} <small className="muted">{percent(n.share)}</small>
            </span>
          )
        ) : (
          <span className="muted" title={n.why}>
            {n.why}
          </span>
        )}
      </td>}
    </tr>
  );
}
