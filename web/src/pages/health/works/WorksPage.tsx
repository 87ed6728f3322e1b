import { NumberInput, Select } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconChevronLeft } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { scorecardsQuery, validationQuery } from '../../../api/model';
import type { Validation } from '../../../api/shapes';
import { LinkTabs } from '../../../parts/LinkTabs';
import { PageHeader } from '../../../parts/Page';
import { ErrorNote, Rows } from '../../../parts/States';
import { useAsOf } from '../../../url/useAsOf';
import editor from '../editor.module.css';
import { scorecardTabs } from '../tabs';
import { Answer } from './Answer';
import { Canaries, Ladder, Setup } from './Checks';
import { HorizonSelect } from './HorizonSelect';
import { AheadPlot, BandPlot, CalibrationPlot, LeadPlot, ROCPlot } from './Plots';
import type { WorksSearch } from './search';
import { Figures, Folds, LiftTable, Measures, MigrationTable, Money, Segments, Timing } from './Tables';
import s from './works.module.css';

/** Whether a scorecard predicts who leaves: the answer, its evidence, and what stands against it. */
export function WorksPage() {
  const { key } = useParams({ from: '/app/health/scorecards/$key/works' });
  const search = useSearch({ from: '/app/health/scorecards/$key/works' });
  const { asOf } = useAsOf();
  const cards = useQuery(scorecardsQuery(asOf)).data?.items;
  const title = cards?.find((c) => c.key === key)?.title ?? key;
  const query = useQuery({ ...validationQuery(key, { ...search, as_of: asOf }), placeholderData: keepPreviousData });
  const report = query.data;
  return (
    <>
      <PageHeader
        name={`Does it work? ${title}`}
        title={
          <>
            <Link to="/health" className={editor.back}>
              <IconChevronLeft size={16} aria-hidden="true" /> Scorecards
            </Link>
            {title}
          </>
        }
      >
        <div className={editor.sub}>
          Does it work? What this score said in the past, beside what happened afterwards{report && <> · model version {report.model_version}</>}
        </div>
      </PageHeader>
      <LinkTabs label="Parts of the scorecard" current="works" tabs={scorecardTabs(key)} />
      <Controls search={search} outcome={report?.setup.outcome} />
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} title="The validation could not be made" />
      ) : !report ? (
        <>
          <p className={s.wait} role="status">
            Scores of the past are computed and judged. With many accounts this takes a few seconds.
          </p>
          <Rows n={14} />
        </>
      ) : (
        <Report report={report} waiting={query.isPlaceholderData} />
      )}
    </>
  );
}

function Controls({ search, outcome }: { search: WorksSearch; outcome?: string }) {
  const navigate = useNavigate({ from: '/health/scorecards/$key/works' });
  const set = (change: Partial<WorksSearch>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const setCapacity = useDebouncedCallback((v: string | number) => set({ capacity: Number(v) > 0 ? Number(v) : undefined }), 500);
  const events = ['event:account_churned', ...(outcome?.startsWith('event:') ? [outcome] : []), ...(search.outcome?.startsWith('event:') ? [search.outcome] : [])];
  return (
    <div className={`${s.controls} no-print`} role="group" aria-label="What is asked">
      <HorizonSelect horizon={search.horizon} onChange={(horizon) => set({ horizon })} />
      <Select
        label="Scores"
        size="xs"
        w={310}
        maw="100%"
        allowDeselect={false}
        value={search.history ?? 'recomputed'}
        data={[
          { value: 'recomputed', label: 'this scorecard, on what was known' },
          { value: 'recorded', label: 'as they were shown at the time' },
        ]}
        onChange={(v) => set({ history: v === 'recorded' ? 'recorded' : undefined })}
      />
      <Select
        label="What counts as leaving"
        size="xs"
        w={260}
        allowDeselect={false}
        value={search.outcome ?? 'auto'}
        data={[
          { value: 'auto', label: 'chosen by the data' },
          { value: 'left', label: 'the last paid subscription ended' },
          ...[...new Set(events)].map((e) => ({ value: e, label: `event ${e.slice('event:'.length)}` })),
        ]}
        onChange={(v) => set({ outcome: v === 'auto' ? undefined : (v ?? undefined) })}
      />
      <NumberInput label="Accounts you can look after" size="xs" w={190} min={1} max={10_000_000} allowDecimal={false} placeholder="as many as were red" defaultValue={search.capacity} onChange={setCapacity} />
    </div>
  );
}

function Report({ report, waiting }: { report: Validation; waiting: boolean }) {
  const ok = report.status === 'ok';
  const counted = report.bands.length > 0;
  return (
    <div className={s.page} data-old={waiting} aria-busy={waiting}>
      <div className={s.top}>
        <Answer report={report} />
        <Ladder report={report} />
      </div>
      {counted && (
        <div className={s.plots}>
          <AheadPlot report={report} />
          <BandPlot report={report} />
          {report.roc.length > 0 && <ROCPlot report={report} />}
          {report.calibration.length > 0 && <CalibrationPlot report={report} />}
          <LeadPlot report={report} />
          <MigrationTable report={report} />
        </div>
      )}
      {ok && (
        <>
          <LiftTable report={report} />
          <div className={s.two}>
            <Figures report={report} />
            <Measures report={report} />
          </div>
          <div className={s.two}>
            <Folds report={report} />
            <Money report={report} />
          </div>
          <div className={s.two}>
            <Timing report={report} />
            {report.segments.length > 0 && <Segments report={report} />}
          </div>
        </>
      )}
      <div className={s.two}>
        {report.canaries.length > 0 && <Canaries report={report} />}
        <Setup report={report} />
      </div>
    </div>
  );
}
