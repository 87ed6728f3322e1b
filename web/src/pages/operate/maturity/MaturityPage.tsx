import { Button } from '@mantine/core';
import { IconClipboardCheck } from '@tabler/icons-react';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { maturityQuery, type Maturity } from '../../../api/operate';
import { sessionQuery } from '../../../api/queries';
import { plural } from '../../../format/number';
import { Empty, ErrorNote, Rows } from '../../../parts/States';
import { useAsOf } from '../../../url/useAsOf';
import { DimensionTable } from './DimensionTable';
import { HistoryPlot } from './HistoryPlot';
import s from './maturity.module.css';
import { NextSteps } from './NextSteps';
import { Peers } from './Peers';
import { Radar } from './Radar';
import { Gaps, Raters } from './Raters';
import { RateForm } from './RateForm';

/** How far the company has come: the levels, where raters differ, and what to do next. */
export function MaturityPage() {
  const { asOf } = useAsOf();
  const { rate } = useSearch({ from: '/app/operate/maturity' });
  const { data: session } = useSuspenseQuery(sessionQuery);
  const query = useQuery(maturityQuery(asOf));
  const may = (p: string) => session.permissions.includes(p) || session.permissions.includes('*');
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} title="The assessment could not be shown" />;
  if (!query.data) return <Rows n={14} />;
  const m = query.data;
  if (rate && may('write_record') && !asOf) return <RateForm maturity={m} mine={m.raters.find((r) => r.user.id === session.user?.id)} />;
  const start = may('write_record') && !asOf && (
    <Button component={Link} to="/operate/maturity" search={{ rate: true } as never} leftSection={<IconClipboardCheck size={15} />} size="compact-md">
      {m.raters.some((r) => r.user.id === session.user?.id) ? 'Rate again' : 'Rate the company'}
    </Button>
  );
  if (m.raters.length === 0) {
    return (
      <Empty icon={IconClipboardCheck} title={asOf ? 'Nobody had rated the company by then' : 'Nobody has rated the company yet'} actions={start || undefined}>
        Twenty questions on nine parts of Customer Success, each answered by the sentence that describes you best. It takes about ten minutes, can be left and resumed, and says more when several people answer.
      </Empty>
    );
  }
  return (
    <div className={s.page}>
      <div className={s.top}>
        <Verdict m={m} />
        {start}
      </div>
      <div className={s.two}>
        <Radar m={m} />
        <DimensionTable m={m} />
      </div>
      <NextSteps m={m} />
      <div className={s.two}>
        <HistoryPlot m={m} />
        <Gaps m={m} />
      </div>
      <Raters m={m} />
      <Peers m={m} may={may('write_model') && !asOf} />
      <p className={s.note}>
        The questions, the levels and the gate are Kept’s own; no published maturity model has a public set of questions. A level here can be compared with levels of this questionnaire only.
      </p>
    </div>
  );
}

function Verdict({ m }: { m: Maturity }) {
  const held = m.company.held_back_by.map((key) => m.questionnaire.find((d) => d.key === key)?.title ?? key);
  return (
    <div>
      <h2 className={s.verdict}>
        {m.company.level === 0 ? 'Not rated yet' : `Level ${m.company.level} of 4: ${m.company.level_title}`}
      </h2>
      <p className={s.why}>
        {m.company.overall != null && `${m.company.overall.toFixed(0)} of 100 by ${plural(m.raters.length, 'rater')}. `}
        {held.length > 0 && `The figures alone would make it level ${m.company.ungated_level}, but nothing stands higher than one level above ${held.join(' and ')}. `}
        {m.company.open > 0 && `${plural(m.company.open, 'answer is', 'answers are')} still open.`}
      </p>
    </div>
  );
}
