import { useId } from 'react';
import type { Distribution, ScorecardMeasure } from '../../api/shapes';
import { decimal, withUnit } from '../../format/number';
import { curveDomain, curvePath } from './curve';
import s from './health.module.css';

type Props = { measure: ScorecardMeasure; spread?: Distribution | null; unit?: string; width?: number; height?: number; axis?: boolean };

/** The curve of a measure, over where the accounts stand today: the middle half dark, nine tenths light. */
export function CurvePlot({ measure, spread, unit, width = 220, height = 76, axis = true }: Props) {
  const clip = useId();
  const domain = curveDomain(measure, spread);
  const [low, high] = domain;
  const x = (v: number) => ((v - low) / (high - low)) * width;
  const corners = measure.steps?.length ? measure.steps.map((p) => ({ x: p.from, score: p.score })) : (measure.points ?? []);
  const words = `Curve: ${corners.map((c) => `${decimal(c.score, 0)} at ${withUnit(c.x, unit)}`).join(', ')}.${spread ? ` Half of the accounts lie between ${withUnit(spread.p25, unit)} and ${withUnit(spread.p75, unit)}.` : ''}`;
  return (
    <svg className={s.curve} viewBox={`0 -4 ${width} ${height + (axis ? 20 : 8)}`} role="img" aria-label={words} style={{ maxWidth: width * 1.6 }}>
      <defs>
        <clipPath id={clip}>
          <rect x={0} y={-4} width={width} height={height + 8} />
        </clipPath>
      </defs>
      {spread && (
        <g>
          <rect className={s.spread90} x={x(spread.p5)} width={Math.max(1, x(spread.p95) - x(spread.p5))} y={0} height={height} />
          <rect className={s.spread50} x={x(spread.p25)} width={Math.max(1, x(spread.p75) - x(spread.p25))} y={0} height={height} />
          <line className={s.median} x1={x(spread.p50)} x2={x(spread.p50)} y1={0} y2={height} />
        </g>
      )}
      <line className={s.curveBase} x1={0} x2={width} y1={height} y2={height} />
      <line className={s.curveBase} x1={0} x2={width} y1={0} y2={0} strokeDasharray="2 3" />
      <path className={s.curveLine} d={curvePath(measure, domain, width, height)} clipPath={`url(#${clip})`} />
      {corners.map((c, i) => (
        <circle key={i} className={s.curveDot} cx={x(c.x)} cy={height - (c.score / 100) * height} r={2.6} />
      ))}
      {axis && corners.length > 0 && (
        <g className={s.curveText}>
          <text x={Math.max(2, x(corners[0]!.x))} y={height + 13} textAnchor={x(corners[0]!.x) < 20 ? 'start' : 'middle'}>
            {withUnit(corners[0]!.x, unit)}
          </text>
          {corners.length > 1 && (
            <text x={Math.min(width - 2, x(corners[corners.length - 1]!.x))} y={height + 13} textAnchor={x(corners[corners.length - 1]!.x) > width - 20 ? 'end' : 'middle'}>
              {withUnit(corners[corners.length - 1]!.x, unit)}
            </text>
          )}
        </g>
      )}
    </svg>
  );
}

/** Where the accounts stand on a metric, as a box: nine tenths, the middle half, the median. */
export function SpreadBox({ spread, unit, width = 150 }: { spread: Distribution; unit?: string; width?: number }) {
  const range = spread.p95 - spread.p5 || 1;
  const x = (v: number) => 2 + ((v - spread.p5) / range) * (width - 4);
  const words = `9 of 10 accounts between ${withUnit(spread.p5, unit)} and ${withUnit(spread.p95, unit)}, median ${withUnit(spread.p50, unit)}`;
  return (
    <svg width={width} height={18} role="img" aria-label={words} className={s.box}>
      <title>{words}</title>
      <line className={s.curveBase} x1={x(spread.p5)} x2={x(spread.p95)} y1={9} y2={9} />
      <rect className={s.spread50} x={x(spread.p25)} y={3} width={Math.max(2, x(spread.p75) - x(spread.p25))} height={12} rx={2} />
      <line className={s.median} x1={x(spread.p50)} x2={x(spread.p50)} y1={2} y2={16} />
    </svg>
  );
}
