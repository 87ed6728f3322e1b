import { Link } from '@tanstack/react-router';
import type { LearnedAccount, LearnedWeights } from '../../../api/shapes';
import { count, decimal, percent, signed } from '../../../format/number';
import { Nothing } from '../../../parts/Figures';
import { Panel } from '../../../parts/Page';
import { Sheet } from '../../../parts/Sheet';
import s from './learned.module.css';
import { largest } from './words';

/** The accounts most at risk by the learned score, with the probability beside it. */
export function Riskiest({ learned }: { learned: LearnedWeights }) {
  return (
    <Panel title="Most at risk" hint={`${count(learned.accounts.length)} of ${count(learned.accounts_total)} accounts; probability of leaving within ${learned.horizon_days} days`}>
      <div className={s.list}>
        <Sheet<LearnedAccount>
          label="Accounts most at risk"
          rows={learned.accounts}
          rowKey={(a) => a.id}
          columns={[
            {
              key: 'name',
              title: 'Account',
              render: (a) => (
                <Link to="/accounts/$accountId/$tab" params={{ accountId: a.id, tab: 'health' }}>
                  {a.name}
                </Link>
              ),
            },
            { key: 'p', title: 'Probability', align: 'right', width: 96, render: (a) => percent(a.p, 1) },
            {
              key: 'score',
              title: 'Learned score',
              align: 'right',
              width: 120,
              render: (a) => (
                <span title="Ten points more halve the odds of leaving; ± is one standard error">
                  {decimal(a.score, 0)} <span className="muted">± {decimal(a.uncertainty, 0)}</span>
                </span>
              ),
            },
            { key: 'hand', title: 'Your score', align: 'right', width: 92, render: (a) => (a.hand_score == null ? <Nothing why="no score" /> : decimal(a.hand_score, 0)) },
            {
              key: 'why',
              title: 'Largest contributions',
              wide: true,
              render: (a) =>
                largest(a.contributions, learned.weights)
                  .map((c) => `${c.title} ${signed(c.points, 0)}`)
                  .join(', ') || <Nothing why="none of half a point" />,
            },
          ]}
        />
      </div>
      <p className={s.hint}>The learned score starts at 50 for the average account; its contributions add up exactly. Adopting puts the learned weights into your scorecard, which keeps its own scale, curves and bands.</p>
    </Panel>
  );
}
