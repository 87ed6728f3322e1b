import { Link } from '@tanstack/react-router';
import type { AccountRow, Metric } from '../../api/contract';
import { ExplainButton } from '../../explain/ExplainButton';
import { day } from '../../format/date';
import { major } from '../../format/money';
import { percent, withUnit } from '../../format/number';
import { BandChip } from '../../parts/BandChip';
import { bandInWords } from '../../parts/band';
import { Delta, MoneyText, Nothing, RenewalText, Sparkline } from '../../parts/Figures';
import type { Column } from '../../table/column';

/** What the table shows until the reader chooses. */
export const STANDARD = ['score', 'spark', 'delta_30', 'arr', 'renewal_at', 'segment', 'owner'];

/** The score of an account as a chip that opens its explanation. */
export function ScoreCell({ row }: { row: AccountRow }) {
  const flags = { stale: row.stale, overridden: row.overridden };
  return (
    <ExplainButton target={{ account: row.id }} label={`${row.name}: ${bandInWords(row.band, row.score, flags)}. Explain`}>
      <BandChip band={row.band} score={row.score} {...flags} />
    </ExplainButton>
  );
}

export function AccountName({ row }: { row: Pick<AccountRow, 'id' | 'name'> }) {
  return (
    <Link to="/accounts/$accountId" params={{ accountId: row.id }} title={row.name} className="target">
      {row.name}
    </Link>
  );
}

const fixed: Column<AccountRow>[] = [
  { key: 'name', title: 'Account', width: 220, sort: 'name', render: (a) => <AccountName row={a} />, csv: (a) => a.name },
  { key: 'score', title: 'Health', hint: 'Score from 0 to 100; 100 is healthy', width: 106, sort: 'score', render: (a) => <ScoreCell row={a} />, csv: (a) => a.score },
  { key: 'spark', title: '26 weeks', hint: 'The score of each of the last 26 weeks, on the scale 0 to 100', width: 116, render: (a) => <Sparkline values={a.spark} color={a.band?.color} /> },
  { key: 'delta_30', title: '30 days', hint: 'Change of the score in 30 days', width: 74, align: 'right', sort: 'delta_30', render: (a) => <Delta value={a.delta_30} />, csv: (a) => a.delta_30 },
  { key: 'delta_90', title: '90 days', hint: 'Change of the score in 90 days', width: 74, align: 'right', sort: 'delta_90', render: (a) => <Delta value={a.delta_90} />, csv: (a) => a.delta_90 },
  { key: 'arr', title: 'ARR', hint: 'Annual recurring revenue', width: 92, align: 'right', sort: 'arr', descFirst: true, render: (a) => <MoneyText value={a.arr} />, csv: (a) => (a.arr ? major(a.arr) : null) },
  { key: 'renewal_at', title: 'Renewal', width: 92, align: 'right', sort: 'renewal_at', render: (a) => <RenewalText at={a.renewal_at} days={a.days_to_renewal} />, csv: (a) => a.renewal_at },
  { key: 'segment', title: 'Segment', width: 130, sort: 'segment', render: (a) => a.segment?.title || <Nothing />, csv: (a) => a.segment?.title },
  { key: 'owner', title: 'Owner', width: 140, sort: 'owner', render: (a) => a.owner?.name ?? <Nothing why="no owner" />, csv: (a) => a.owner?.name },
  { key: 'stage', title: 'Stage', width: 110, sort: 'stage', render: (a) => a.stage || <Nothing />, csv: (a) => a.stage },
  { key: 'coverage', title: 'Coverage', hint: 'Share of the scorecard’s weight that has a value', width: 92, align: 'right', sort: 'coverage', render: (a) => percent(a.coverage), csv: (a) => a.coverage },
  { key: 'since', title: 'Since', width: 110, align: 'right', sort: 'since', descFirst: true, render: (a) => day(a.since), csv: (a) => a.since },
  { key: 'domain', title: 'Domain', width: 170, render: (a) => a.domain || <Nothing />, csv: (a) => a.domain },
];

/** The columns of the table: the account's own, then one for each metric of the model. */
export function accountColumns(metrics: Metric[]): Column<AccountRow>[] {
  return [
    ...fixed,
    ...metrics.map(
      (m): Column<AccountRow> => ({
        key: `metric:${m.name}`,
        title: m.title || m.name,
        hint: m.in_words,
        width: 120,
        align: 'right',
        sort: `metric:${m.name}`,
        descFirst: true,
        render: (a) => (a.metrics?.[m.name] == null ? <Nothing /> : withUnit(a.metrics[m.name], m.unit)),
        csv: (a) => a.metrics?.[m.name],
      }),
    ),
  ];
}

/** The metrics that the shown columns need, as the API's parameter. */
export function metricsParam(keys: string[]): string | undefined {
  const names = keys.filter((k) => k.startsWith('metric:')).map((k) => k.slice('metric:'.length));
  return names.length ? names.join(',') : undefined;
}
