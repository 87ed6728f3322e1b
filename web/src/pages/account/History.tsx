import { IconArrowsExchange, IconHandStop, IconVersions } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import type { AccountHealth } from '../../api/contract';
import type { Annotation } from '../../api/shapes';
import { grid, tooltip } from '../../chart/axes';
import { Chart } from '../../chart/Chart';
import type { Palette } from '../../chart/palette';
import { day } from '../../format/date';
import { decimal, fixed } from '../../format/number';
import { bandColor } from '../../parts/band';
import { Panel } from '../../parts/Page';
import { useAsOf } from '../../url/useAsOf';
import s from './health.module.css';

const icons: Record<Annotation['kind'], typeof IconVersions> = { model: IconVersions, override: IconHandStop, band: IconArrowsExchange };

/** "Falls: 71 to 52 in a year", by the first and the last week that have a score. */
export function historyWords(points: { score: number | null }[]): string {
  const known = points.flatMap((p) => (p.score == null ? [] : [p.score]));
  if (known.length === 0) return 'No week has a score';
  if (known.length === 1) return 'One week has a score';
  const [from, to] = [known[0]!, known[known.length - 1]!];
  const low = Math.min(...known);
  const words = Math.abs(to - from) < 3 ? `About the same as ${known.length} weeks ago` : to > from ? `Up from ${decimal(from, 0)} to ${decimal(to, 0)} in ${known.length} weeks` : `Down from ${decimal(from, 0)} to ${decimal(to, 0)} in ${known.length} weeks`;
  return low < Math.min(from, to) - 5 ? `${words}, lowest ${decimal(low, 0)}` : words;
}

/** The score week by week over its bands; what was recorded at the time is marked. */
export function History({ health }: { health: AccountHealth }) {
  const { setAsOf } = useAsOf();
  const { history, annotations, scorecard } = health;
  const recorded = useMemo(() => history.filter((p) => p.origin === 'recorded'), [history]);
  const option = useCallback(
    (p: Palette) => {
      const bands = scorecard.bands;
      const areas = bands.map((b, i) => [
        { yAxis: b.min, itemStyle: { color: p.band(bandColor(b.color)), opacity: 0.13 }, label: { show: true, position: 'insideRight', formatter: b.title, color: p.muted, fontSize: 10 } },
        { yAxis: bands[i + 1]?.min ?? 100 },
      ]);
      return {
        grid: { ...grid, top: 16 },
        tooltip: tooltip(p, { formatter: (items: { data: [string, number | null]; seriesName: string }[]) => items.map((i) => `${day(i.data[0])}<br>${i.seriesName}: <b>${i.data[1] == null ? 'no score' : fixed(i.data[1], 1)}</b>`).join('<br>') }),
        xAxis: { type: 'time', axisLine: { lineStyle: { color: p.line } }, axisTick: { show: false }, axisLabel: { color: p.muted, fontSize: 11, hideOverlap: true }, splitLine: { show: false } },
        yAxis: { type: 'value', min: 0, max: 100, interval: 25, axisLabel: { color: p.muted, fontSize: 11 }, splitLine: { show: false } },
        series: [
          {
            id: 'recomputed',
            name: 'as recomputed today',
            type: 'line',
            showSymbol: false,
            connectNulls: false,
            data: history.map((x) => [x.as_of, x.score]),
            lineStyle: { color: p.text, width: 1.75 },
            itemStyle: { color: p.text },
            markArea: { silent: true, data: areas },
            markLine: { silent: true, symbol: 'none', lineStyle: { color: p.muted, type: 'dotted', width: 1 }, label: { show: false }, data: annotations.map((a) => ({ xAxis: a.at })) },
          },
          { id: 'recorded', name: 'as recorded at the time', type: 'scatter', symbolSize: 5, data: recorded.map((x) => [x.as_of, x.score]), itemStyle: { color: p.accent } },
        ],
      };
    },
    [history, annotations, scorecard.bands, recorded],
  );
  return (
    <section className={s.history}>
      <Panel title="How it went" hint="a click on the line goes to that day">
        <Chart
          title={historyWords(history)}
          subtitle="Score each week, 100 is healthy"
          name="score-history"
          height={190}
          option={option}
          legend={[{ label: 'recomputed today', color: 'var(--k-text)' }, ...(recorded.length > 0 ? [{ label: 'recorded then', color: 'var(--k-accent)' }] : [])]}
          table={{ header: ['Week', 'Score', 'Band', 'Origin', 'Model'], rows: history.map((x) => [day(x.as_of), x.score == null ? null : Number(x.score.toFixed(2)), x.band, x.origin, x.model_version]) }}
          onPick={(series, i) => setAsOf((series === 'recorded' ? recorded : history)[i]?.as_of.slice(0, 10))}
        />
        {annotations.length > 0 && (
          <ul className={s.annotations}>
            {[...annotations].reverse().slice(0, 8).map((a) => {
              const Icon = icons[a.kind];
              return (
                <li key={a.at + a.text}>
                  <Icon size={14} stroke={1.6} aria-hidden="true" />
                  <button type="button" onClick={() => setAsOf(a.at.slice(0, 10))}>
                    {day(a.at)}
                  </button>
                  <span>{a.text}</span>
                </li>
              );
            })}
          </ul>
        )}
      </Panel>
    </section>
  );
}
