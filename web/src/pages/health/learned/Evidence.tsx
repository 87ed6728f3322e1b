import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import type { LearnedWeights } from '../../../api/shapes';
import { count, percent } from '../../../format/number';
import { Panel } from '../../../parts/Page';
import { EstimateCell } from '../works/Tables';
import works from '../works/works.module.css';
import s from './learned.module.css';

/** Whether the learned score is better than the team's, by the whole rule, and what a black box would add. */
export function Evidence({ learned }: { learned: LearnedWeights }) {
  const claim = learned.claim;
  const box = learned.challenger;
  return (
    <div className={works.two}>
      {claim && (
        <Panel title="Is it better than yours?" hint={`out of time, ${count(claim.events)} departures in common`}>
          <p className={works.text}>{claim.sentence}</p>
          <ul className={works.canaries}>
            {claim.conditions.map((c) => (
              <li key={c.key} data-state={c.held ? 'held' : 'open'}>
                {c.held ? <IconCircleCheck size={16} aria-hidden="true" /> : <IconCircleX size={16} aria-hidden="true" />}
                <div>
                  <b>{c.title}</b> <span className={works.state}>{c.held ? 'holds' : 'does not hold'}</span>
                  <p>{c.words}</p>
                </div>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="How they rank" hint="AUC with 95 %; .5 is a coin">
        <dl className={s.facts}>
          <dt>Your weights</dt>
          <dd>{learned.hand_auc.value == null ? <span className="muted">{learned.hand_auc.why}</span> : <EstimateCell e={learned.hand_auc} />}</dd>
          <dt>Learned weights</dt>
          <dd>{learned.learned_auc.value == null ? <span className="muted">{learned.learned_auc.why}</span> : <EstimateCell e={learned.learned_auc} />}</dd>
          {box && (
            <>
              <dt>A black box</dt>
              <dd>
                {box.auc.value == null ? <span className="muted">{box.auc.why}</span> : <EstimateCell e={box.auc} />}
                <span className={works.hint}>{box.sentence}</span>
              </dd>
            </>
          )}
          <dt>Your weights are right as they are</dt>
          <dd>
            {percent(learned.trust)} <span className={works.hint}>of the probability, by the data and your opinion together</span>
          </dd>
          <dt>Your score tells next to nothing</dt>
          <dd>
            {percent(learned.weak)} {learned.conflict && <span className={works.hint}>Look at the measures and their curves before you move weights.</span>}
          </dd>
          <dt>Your opinion counts as much as</dt>
          <dd>{count(Math.round(learned.equivalent_departures))} departures</dd>
        </dl>
      </Panel>
    </div>
  );
}
