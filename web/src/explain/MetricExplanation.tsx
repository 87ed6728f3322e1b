import { Button, CopyButton } from '@mantine/core';
import { IconCopy, IconLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { metricDetailQuery } from '../api/account';
import type { AccountMetricDetail } from '../api/shapes';
import { dayAxis, grid, tooltip, valueAxis } from '../chart/axes';
import { Chart } from '../chart/Chart';
import type { Palette } from '../chart/palette';
import { day, dayShort, instant } from '../format/date';
import { plural, withUnit } from '../format/number';
import { ErrorNote, Rows } from '../parts/States';
import { toCsv } from './csv';
import s from './explain.module.css';
import { RowsBehind } from './RowsBehind';

/** One metric of one account: its value, formula, inputs, window and history. */
export default function MetricExplanation({ account, metric, asOf }: { account: string; metric: string; asOf?: string }) {
  const query = useQuery(metricDetailQuery(account, metric, asOf));
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={10} />;
  return <Body detail={query.data} />;
}

function Body({ detail }: { detail: AccountMetricDetail }) {
  const { why, series } = detail;
  const option = useCallback(
    (p: Palette) => ({
      grid,
      tooltip: tooltip(p),
      xAxis: dayAxis(series.map((x) => dayShort(x.at)), p),
      yAxis: valueAxis(p, { min: series.some((x) => (x.value ?? 0) < 0) ? undefined : 0 }),
      series: [{ name: why.title || why.name, type: 'line', showSymbol: false, data: series.map((x) => x.value), lineStyle: { color: p.accent, width: 1.75 }, itemStyle: { color: p.accent } }],
    }),
    [series, why],
  );
  const window = why.window_from && why.window_to;
  return (
    <div className={s.body}>
      <div className={s.lead}>
        <span className={s.big}>{why.value == null ? '?' : withUnit(why.value, why.unit)}</span>
        <span className="muted">{why.title || why.name}</span>
      </div>
      <p className={s.words}>{why.formula}</p>
      {why.note && <p className={s.words}>{why.note}</p>}
      {series.length > 1 && (
        <Chart title="Its value, week by week" name={`${why.name}-history`} height={140} option={option} table={{ header: ['Day', why.title || why.name], rows: series.map((x) => [day(x.at), x.value]) }} />
      )}
      <section>
        <h3 className={s.section}>Where it comes from</h3>
        <dl className={s.facts}>
          <dt>Metric</dt>
          <dd>
            <code>{why.name}</code> <span className="muted">{why.kind}</span>
          </dd>
          {window && (
            <>
              <dt>Window</dt>
              <dd>
                {day(why.window_from)} to {day(why.window_to)}, the end left out
              </dd>
            </>
          )}
          {why.events.length > 0 && (
            <>
              <dt>Events</dt>
              <dd>
                {plural(why.n_events, 'event')}: {why.events.join(', ')}
              </dd>
            </>
          )}
          <dt>As of</dt>
          <dd>
            {instant(detail.as_of)}, model version {detail.model_version}
          </dd>
        </dl>
      </section>
      <section>
        <h3 className={s.section}>The rows behind it</h3>
        <RowsBehind why={why} />
        {why.rows.length + why.facts.length + why.inputs.length === 0 && <p className={s.words}>There are none.</p>}
      </section>
      <div className={s.foot}>
        <CopyButton value={toCsv(['as_of', why.name], series.map((x) => [x.at, x.value]))}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<IconCopy size={14} />} onClick={copy}>
              {copied ? 'Copied' : 'Copy as CSV'}
            </Button>
          )}
        </CopyButton>
        <CopyButton value={globalThis.location.href}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<IconLink size={14} />} onClick={copy}>
              {copied ? 'Copied' : 'Copy link'}
            </Button>
          )}
        </CopyButton>
      </div>
    </div>
  );
}
