import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { compareQuery } from '../../../api/compare';
import { ErrorNote, Rows } from '../../../parts/States';
import { useAsOf } from '../../../url/useAsOf';
import { NoAccounts } from '../../accounts/NoAccounts';
import { NoPortfolio } from '../../home/OwnerSwitch';
import s from './compare.module.css';
import { ControlBar, EarlierDay, ScoresChoice, Whose } from './Controls';
import { Migration } from './Migration';
import { Movers, MovesList } from './Movers';
import { listed, usableBefore, type CompareSearch } from './search';
import { BandsBeside, Figures } from './Sides';

/** Two days beside each other: bands, who moved from which to which, and why. */
export function ComparePage() {
  const search = useSearch({ from: '/app/health/compare' });
  const navigate = useNavigate();
  const { asOf } = useAsOf();
  const set = useCallback(
    (change: Partial<CompareSearch>, replace = false) => void navigate({ to: '/health/compare', search: (old: object) => ({ ...old, ...change }), replace, resetScroll: false } as never),
    [navigate],
  );
  const before = usableBefore(search.compare_to, asOf);
  const query = useMemo(
    () => ({ as_of: asOf, compare_to: before, scores: search.scores, scorecard: search.scorecard, segment: search.segment, owner: search.owner === 'all' ? undefined : search.owner }),
    [asOf, before, search.scores, search.scorecard, search.segment, search.owner],
  );
  const answer = useQuery(compareQuery(query));
  const data = answer.data;
  const live = asOf === undefined;
  const narrowed = search.owner !== undefined || search.segment !== undefined || search.scorecard !== undefined;
  return (
    <>
      <ControlBar>
        <EarlierDay asOf={asOf ?? data?.as_of ?? new Date().toISOString()} before={before ?? data?.compare_to.slice(0, 10)} onChange={(day) => set({ compare_to: day })} />
        <Whose search={search} set={set} />
        <ScoresChoice search={search} set={set} />
      </ControlBar>
      {answer.error && !data ? (
        <ErrorNote error={answer.error} retry={() => void answer.refetch()} title="The days could not be compared" />
      ) : !data ? (
        <>
          <p className={s.wait} role="status">
            Both days are evaluated. With many accounts this takes a few seconds.
          </p>
          <Rows n={12} />
        </>
      ) : data.before.accounts === 0 && data.after.accounts === 0 ? (
        narrowed ? <NoPortfolio me={search.owner === 'me'} showAll={() => set({ owner: undefined, segment: undefined, scorecard: undefined })} /> : <NoAccounts />
      ) : (
        <div className={s.page} data-old={answer.isPlaceholderData} aria-busy={answer.isPlaceholderData}>
          {answer.error && <ErrorNote error={answer.error} retry={() => void answer.refetch()} title="These figures are those of the question before" />}
          <p className={s.sentence}>{data.sentence}</p>
          <Figures data={data} live={live} search={search} set={set} />
          <BandsBeside data={data} live={live} search={search} set={set} />
          <Migration data={data} search={search} set={set} />
          {listed(search) && !answer.isPlaceholderData && <MovesList data={data} search={search} set={set} query={{ ...query, from: search.from, to: search.to, move: search.move, sort: search.sort ?? '-arr' }} />}
          <Movers data={data} direction="down" set={set} />
          <Movers data={data} direction="up" set={set} />
        </div>
      )}
    </>
  );
}
