import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { survivalQuery, type Grouping, type Survival } from '../../api/churn';
import { day } from '../../format/date';
import { count } from '../../format/number';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { useAsOf } from '../../url/useAsOf';
import s from './churn.module.css';
import { SurvivalChart } from './SurvivalChart';
import { Ends, GroupTable, RiskTable } from './SurvivalTables';
import { GROUPINGS, shownGroups } from './words';

/** How long customers stay, by group: curves with their limits, those at risk, and how they ended. */
export function SurvivalPage() {
  const { by = 'segment', show } = useSearch({ from: '/app/health/survival' });
  const navigate = useNavigate({ from: '/health/survival' });
  const { asOf } = useAsOf();
  const query = useQuery(survivalQuery(by, asOf));
  const report = query.data;
  return (
    <>
      <div className={`${s.controls} no-print`}>
        <Select
          label="Grouped by"
          size="xs"
          w={190}
          allowDeselect={false}
          value={by}
          data={GROUPINGS.map(({ value, label }) => ({ value, label }))}
          onChange={(v) => void navigate({ search: (old) => ({ ...old, by: v === 'segment' ? undefined : (v as Grouping), show: undefined }), replace: true })}
        />
      </div>
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} title="The curves could not be made" />
      ) : !report ? (
        <Rows n={14} />
      ) : report.status !== 'ok' ? (
        <Empty title={report.headline}>{report.refusal}</Empty>
      ) : (
        <Report report={report} show={show} setShow={(keys) => void navigate({ search: (old) => ({ ...old, show: keys }), replace: true })} waiting={query.isPlaceholderData} />
      )}
    </>
  );
}

function Report({ report, show, setShow, waiting }: { report: Survival; show?: string; setShow: (keys: string | undefined) => void; waiting: boolean }) {
  const drawn = useMemo(() => report.groups.filter((g) => g.points.length > 0), [report]);
  const shown = useMemo(() => shownGroups(report.groups, show), [report, show]);
  const toggle = (key: string) => {
    const keys = shown.map((g) => g.key);
    const next = keys.includes(key) ? keys.filter((k) => k !== key) : drawn.map((g) => g.key).filter((k) => keys.includes(k) || k === key);
    if (next.length > 0) setShow(next.join(','));
  };
  return (
    <div className={s.page} data-old={waiting} aria-busy={waiting}>
      <section className={s.answer}>
        <h2 className={s.headline}>{report.headline}</h2>
        <ul className={s.sentences}>
          {report.sentences.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <p className={s.foot}>
          {count(report.all.n)} lives, {count(report.all.departures)} ended · data from {day(report.data_start)}; departures are known up to {day(report.data_end)}
        </p>
      </section>
      <SurvivalChart report={report} shown={shown} drawn={drawn} toggle={toggle} />
      <RiskTable report={report} shown={shown} />
      <GroupTable report={report} />
      <Ends report={report} />
    </div>
  );
}
