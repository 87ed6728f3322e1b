// How a curve turns a metric value into a score, for drawing it. The server scores;
// this must say the same (health/scorecard.go).
import type { Distribution, ScorecardMeasure } from '../../api/shapes';

type Curve = Pick<ScorecardMeasure, 'points' | 'steps' | 'below'>;

/** The score of a value; null when the curve has no corner or step. */
export function curveAt(curve: Curve, x: number): number | null {
  const steps = curve.steps ?? [];
  if (steps.length > 0) {
    const step = steps.findLast((s) => s.from <= x);
    return step ? step.score : (curve.below ?? null);
  }
  const points = curve.points ?? [];
  if (points.length === 0) return null;
  const right = points.findIndex((p) => p.x >= x);
  if (right < 0) return points[points.length - 1]!.score;
  const b = points[right]!;
  const a = points[right - 1];
  if (!a || b.x === a.x) return b.score;
  return a.score + ((x - a.x) / (b.x - a.x)) * (b.score - a.score);
}

/** The values to draw: all corners, most of what accounts have, and some air. */
export function curveDomain(curve: Curve, spread?: Distribution | null): [number, number] {
  const xs = [...(curve.points ?? []).map((p) => p.x), ...(curve.steps ?? []).map((s) => s.from)];
  if (spread) xs.push(spread.p5, spread.p95);
  if (xs.length === 0) return [0, 1];
  const [low, high] = [Math.min(...xs), Math.max(...xs)];
  const air = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - air, high + air];
}

/** The curve as an SVG path in a box, score 100 at the top. */
export function curvePath(curve: Curve, [low, high]: [number, number], width: number, height: number): string {
  const px = (x: number) => (((x - low) / (high - low)) * width).toFixed(1);
  const py = (s: number) => (height - (s / 100) * height).toFixed(1);
  const steps = curve.steps ?? [];
  if (steps.length > 0) {
    let d = curve.below == null ? '' : `M${px(low)} ${py(curve.below)}H${px(steps[0]!.from)}`;
    steps.forEach((s, i) => {
      const to = steps[i + 1]?.from ?? high;
      d += `${d ? 'V' : `M${px(s.from)} `}${py(s.score)}H${px(to)}`;
    });
    return d;
  }
  const points = curve.points ?? [];
  if (points.length === 0) return '';
  const first = points[0]!;
  const last = points[points.length - 1]!;
  return `M${px(low)} ${py(first.score)}L${points.map((p) => `${px(p.x)} ${py(p.score)}`).join('L')}L${px(high)} ${py(last.score)}`;
}

/** What is wrong with a curve, by index of its corner or step; empty when it can be saved. */
export function curveErrors(curve: Curve): string[] {
  const errors: string[] = [];
  const list = (curve.steps ?? []).length > 0 ? curve.steps!.map((s) => ({ x: s.from, score: s.score })) : (curve.points ?? []);
  if (list.length === 0) errors.push('The curve needs at least one corner.');
  list.forEach((p, i) => {
    if (i > 0 && p.x <= list[i - 1]!.x) errors.push(`Corner ${i + 1} must lie to the right of the one before.`);
    if (p.score < 0 || p.score > 100) errors.push(`Corner ${i + 1}: a score lies between 0 and 100.`);
  });
  return errors;
}
