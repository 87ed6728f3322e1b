import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { Portfolio } from '../../api/contract';
import { dayAxis, grid, tooltip, valueAxis } from '../../chart/axes';
import { Chart } from '../../chart/Chart';
import type { Palette } from '../../chart/palette';
import { day, dayShort } from '../../format/date';
import { bandColor } from '../../parts/band';
import parts from '../../parts/parts.module.css';
import { readAsOf } from '../../url/asof';
import s from './home.module.css';
import { countAt, trendMessage } from './trend';

/** Bands over 26 weeks; a click on a week goes there. */
export function Trend({ data }: { data: Portfolio }) {
  const navigate = useNavigate();
  const bands = useMemo(() => {
    const scored = data.bands.filter((b) => b.key !== '' && b.key !== 'none');
    const none = { key: 'none', title: 'No score', color: 'grey' };
    return data.trend.some((p) => countAt(p, 'none') > 0) ? [...scored, none] : scored;
  }, [data]);
  const option = useCallback(
    (palette: Palette) => ({
      grid,
      tooltip: tooltip(palette, { order: 'seriesDesc' }),
      xAxis: dayAxis(data.trend.map((p) => dayShort(p.as_of)), palette),
      yAxis: valueAxis(palette),
      series: bands.map((b) => ({
        id: b.key,
        name: b.title,
        type: 'bar',
        stack: 'bands',
        barCategoryGap: '22%',
        itemStyle: { color: palette.band(bandColor(b.color)), borderColor: palette.ground, borderWidth: 0.5 },
        data: data.trend.map((p) => countAt(p, b.key)),
      })),
    }),
    [bands, data.trend],
  );
  return (
    <section className={`${parts.panel} ${s.trend}`}>
      <Chart
        title={trendMessage(data.trend, data.bands)}
        subtitle="Accounts by band, each week"
        name="bands-over-26-weeks"
        height={210}
        option={option}
        legend={bands.map((b) => ({ label: b.title, color: `var(--k-band-${bandColor(b.color)})` }))}
        table={{ header: ['Week', ...bands.map((b) => b.title)], rows: data.trend.map((p) => [day(p.as_of), ...bands.map((b) => countAt(p, b.key))]) }}
        onPick={(_, index) => {
          const at = data.trend[index]?.as_of.slice(0, 10);
          void navigate({ to: '/', search: (old) => ({ ...old, as_of: readAsOf(at) }) });
        }}
      />
    </section>
  );
}
