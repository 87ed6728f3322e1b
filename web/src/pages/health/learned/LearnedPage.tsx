import { IconChevronLeft } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { learnedQuery, scorecardsQuery } from '../../../api/model';
import type { LearnedWeights } from '../../../api/shapes';
import { count } from '../../../format/number';
import { LinkTabs } from '../../../parts/LinkTabs';
import { PageHeader } from '../../../parts/Page';
import { ErrorNote, Rows } from '../../../parts/States';
import { useAsOf } from '../../../url/useAsOf';
import editor from '../editor.module.css';
import { scorecardTabs } from '../tabs';
import { HorizonSelect } from '../works/HorizonSelect';
import works from '../works/works.module.css';
import { Adopt } from './Adopt';
import { Evidence } from './Evidence';
import { Riskiest } from './Riskiest';
import { WeightTable } from './WeightTable';
import s from './learned.module.css';

/** What the data say about the weights of a scorecard, beside the team's own. */
export function LearnedPage() {
  const { key } = useParams({ from: '/app/health/scorecards/$key/learned' });
  const search = useSearch({ from: '/app/health/scorecards/$key/learned' });
  const navigate = useNavigate({ from: '/health/scorecards/$key/learned' });
  const { asOf } = useAsOf();
  const cards = useQuery(scorecardsQuery(asOf)).data?.items;
  const title = cards?.find((c) => c.key === key)?.title ?? key;
  const query = useQuery({ ...learnedQuery(key, { horizon: search.horizon, as_of: asOf, accounts: 50 }), placeholderData: keepPreviousData });
  const learned = query.data;
  return (
    <>
      <PageHeader
        name={`Learned weights: ${title}`}
        title={
          <>
            <Link to="/health" className={editor.back}>
              <IconChevronLeft size={16} aria-hidden="true" /> Scorecards
            </Link>
            {title}
          </>
        }
      >
        <div className={editor.sub}>What your data say about your weights{learned && <> · model version {learned.model_version}</>}</div>
      </PageHeader>
      <LinkTabs label="Parts of the scorecard" current="learned" tabs={scorecardTabs(key)} />
      <div className={`${works.controls} no-print`} role="group" aria-label="What is asked">
        <HorizonSelect horizon={search.horizon} onChange={(horizon) => void navigate({ search: (old) => ({ ...old, horizon }), replace: true })} />
      </div>
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} title="Nothing could be learned" />
      ) : !learned ? (
        <>
          <p className={works.wait} role="status">
            The past is recomputed and learned from. With many accounts this takes a few seconds.
          </p>
          <Rows n={14} />
        </>
      ) : (
        <div className={works.page} data-old={query.isPlaceholderData} aria-busy={query.isPlaceholderData}>
          <Answer learned={learned} past={asOf !== undefined} horizon={search.horizon} />
          {learned.learned && (
            <>
              <WeightTable weights={learned.weights} />
              <Evidence learned={learned} />
              <Riskiest learned={learned} />
            </>
          )}
        </div>
      )}
    </>
  );
}

function Answer({ learned, past, horizon }: { learned: LearnedWeights; past: boolean; horizon?: string }) {
  const tone = !learned.learned ? 'open' : learned.conflict ? 'bad' : 'good';
  return (
    <section className={`${works.answer} ${s.answer}`} data-tone={tone}>
      <div className={s.head}>
        <div>
          {learned.learned && (
            <span className={works.badge} title="What kind of evidence this is, and how much of it">
              predicts · {count(learned.departures)} departures · {count(learned.rows)} accounts at a cut-off
            </span>
          )}
          <h2 className={works.headline}>{learned.headline}</h2>
        </div>
        {learned.proposal && !past && <Adopt learned={learned} proposal={learned.proposal} horizon={horizon} />}
      </div>
      {learned.why && <p className={works.refusal}>{learned.why}</p>}
      {learned.why_not && <p className={works.refusal}>{learned.why_not}</p>}
      {learned.sentences.length > 0 && (
        <ul className={works.sentences}>
          {learned.sentences.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {!learned.learned && (
        <p className={s.hint}>
          <Link to="/health/scorecards/$key/works" params={{ key: learned.scorecard }}>
            Does it work?
          </Link>{' '}
          says what can be said of the score already.
        </p>
      )}
    </section>
  );
}
