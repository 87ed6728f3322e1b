import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { bridgeQuery, type RevenueBridge } from '../../api/revenue';
import { day } from '../../format/date';
import { moneyExact, moneyShort } from '../../format/money';
import { count, percent } from '../../format/number';
import { PageHeader } from '../../parts/Page';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { useAsOf } from '../../url/useAsOf';
import { BridgePlot } from './BridgePlot';
import { Controls } from './Controls';
import { GroupTable } from './GroupTable';
import { Movements } from './Movements';
import { Policies } from './Policies';
import { RetentionPlot } from './RetentionPlot';
import s from './revenue.module.css';
import { askOf } from './search';
import { restsOn } from './words';

/** How ARR moved, how much of it stayed, by which rules, and the accounts behind it. */
export function RevenuePage() {
  const search = useSearch({ from: '/app/revenue' });
  const { asOf, known } = useAsOf();
  const ask = askOf(search, asOf, known);
  const query = useQuery({ ...bridgeQuery(ask), placeholderData: keepPreviousData });
  const bridge = query.data;
  return (
    <>
      <PageHeader title="Revenue" />
      <Controls search={search} bridge={bridge} />
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} title="The bridge could not be made" />
      ) : !bridge ? (
        <Rows n={14} />
      ) : bridge.whole.bridge.accounts_opening + bridge.whole.bridge.accounts_closing === 0 ? (
        <Empty title="No revenue in this time">
          No subscription was in force on {day(ask.from)} or on {day(ask.to)}. Import subscriptions with their terms and amounts, or look at another time.
        </Empty>
      ) : (
        <div className={s.page} data-old={query.isPlaceholderData} aria-busy={query.isPlaceholderData}>
          <Figures bridge={bridge} />
          <div className={s.plots}>
            <BridgePlot bridge={bridge} />
            <RetentionPlot bridge={bridge} />
          </div>
          {search.kind && <Movements ask={ask} kind={search.kind} group={search.group} bridge={bridge} />}
          {bridge.groups.length > 0 && <GroupTable bridge={bridge} />}
          <Policies bridge={bridge} />
        </div>
      )}
    </>
  );
}

/** The five figures of the time, with what they rest on. */
function Figures({ bridge }: { bridge: RevenueBridge }) {
  const l = bridge.whole.bridge;
  const m = bridge.whole.retention;
  const money = (minor: number) => ({ minor, currency: bridge.currency });
  const few = m.accounts_opening < 20;
  const facts = [
    { title: 'Net retention', value: percent(m.nrr, 1), why: `${moneyExact(money(m.arr_retained_minor))} of ${moneyExact(money(m.arr_opening_minor))} stayed or grew` },
    { title: 'Gross retention', value: percent(m.grr, 1), why: `${moneyExact(money(m.arr_lost_minor))} lost, ${moneyExact(money(m.arr_contraction_minor))} contracted` },
    { title: 'Logo retention', value: percent(m.logo_retention, 1), why: `${count(m.accounts_churned)} of ${count(m.accounts_opening)} left` },
    { title: 'Closing ARR', value: moneyShort(money(l.closing_minor)), why: moneyExact(money(l.closing_minor)) },
    { title: 'Quick ratio', value: l.quick_ratio == null ? '–' : l.quick_ratio.toFixed(1), why: '(new + expansion) / (contraction + churn)' },
  ];
  return (
    <section aria-label="Figures of the time">
      <dl className={s.figures}>
        {facts.map((f) => (
          <div key={f.title}>
            <dt>{f.title}</dt>
            <dd>{f.value}</dd>
            <dd className={s.why}>{f.why}</dd>
          </div>
        ))}
      </dl>
      <p className={s.rests}>
        {day(bridge.instants[0])} to {day(bridge.instants.at(-1))}, {restsOn(m)}
        {few && ': too few to judge retention by'}. Annual amounts in {bridge.currency || 'no currency'}.
      </p>
    </section>
  );
}
