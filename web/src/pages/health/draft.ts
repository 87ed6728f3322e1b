// Changing a scorecard on the page: pure functions over the JSON of the API.
import type { Scorecard, ScorecardDetail, ScorecardGroup, ScorecardMeasure } from '../../api/shapes';

/** What the server tells about a scorecard, which is no part of it. */
const TOLD = ['accounts', 'counts', 'as_of', 'model_version', 'known', '$schema'];

export function cardOf(detail: ScorecardDetail): Scorecard {
  return Object.fromEntries(Object.entries(detail).filter(([key]) => !TOLD.includes(key))) as unknown as Scorecard;
}

export type Shares = { groups: number[]; measures: number[][] };

/** The share of the whole of every group and measure: weights are relative, and only matter within their group. */
export function sharesOf(card: Pick<Scorecard, 'groups' | 'weights' | 'combine'>): Shares {
  const ofGroup = (g: ScorecardGroup) => (card.weights === 'of_overall' || card.combine === 'points' ? sum(g.measures.map((m) => m.weight)) : (g.weight ?? 0));
  const total = sum(card.groups.map(ofGroup));
  const groups = card.groups.map((g) => (total > 0 ? ofGroup(g) / total : 0));
  const measures = card.groups.map((g, i) => {
    const inside = sum(g.measures.map((m) => m.weight));
    return g.measures.map((m) => (inside > 0 ? (groups[i]! * m.weight) / inside : 0));
  });
  return { groups, measures };
}

const sum = (v: number[]) => v.reduce((a, b) => a + b, 0);

export function setGroup(card: Scorecard, g: number, change: Partial<ScorecardGroup>): Scorecard {
  return { ...card, groups: card.groups.map((x, i) => (i === g ? { ...x, ...change } : x)) };
}

export function setMeasure(card: Scorecard, g: number, m: number, change: Partial<ScorecardMeasure>): Scorecard {
  return setGroup(card, g, { measures: card.groups[g]!.measures.map((x, i) => (i === m ? { ...x, ...change } : x)) });
}

/** Takes a measure out; its group goes with its last measure. */
export function dropMeasure(card: Scorecard, g: number, m: number): Scorecard {
  const measures = card.groups[g]!.measures.filter((_, i) => i !== m);
  return measures.length > 0 ? setGroup(card, g, { measures }) : { ...card, groups: card.groups.filter((_, i) => i !== g) };
}

/** A key that is not taken, made of the name of a metric. */
export function freeKey(card: Scorecard, wanted: string): string {
  const taken = new Set(card.groups.flatMap((g) => [g.key, ...g.measures.map((m) => m.key)]));
  const base = wanted.toLowerCase().replace(/[^a-z0-9_]+/g, '_').replace(/^_+|_+$/g, '') || 'measure';
  for (let n = 1; ; n++) {
    const key = n === 1 ? base : `${base}_${n}`;
    if (!taken.has(key)) return key;
  }
}

/** A new measure with a curve over what accounts have: the worst twentieth 0, the best 100. */
export function addMeasure(card: Scorecard, g: number, metric: { name: string; title?: string; higher_is_better?: boolean; distribution?: { p5: number; p95: number } }): Scorecard {
  const low = metric.distribution?.p5 ?? 0;
  const high = metric.distribution && metric.distribution.p95 > low ? metric.distribution.p95 : low + 1;
  const better = metric.higher_is_better ?? true;
  const measure: ScorecardMeasure = {
    key: freeKey(card, metric.name),
    title: metric.title,
    metric: metric.name,
    weight: 10,
    points: [
      { x: low, score: better ? 0 : 100 },
      { x: high, score: better ? 100 : 0 },
    ],
  };
  return setGroup(card, g, { measures: [...card.groups[g]!.measures, measure] });
}

/** What the form cannot change of a scorecard, in words; empty when it can change all. */
export function needsText(card: Scorecard): string[] {
  const why: string[] = [];
  if (card.per === 'relationship') why.push('scores product lines');
  if (card.scale) why.push(`goes from ${card.scale.min ?? 0} to ${card.scale.max}`);
  if (card.combine === 'points') why.push('adds points');
  const all = card.groups.flatMap((g) => g.measures);
  if (all.some((m) => m.cases?.length)) why.push('scores by conditions');
  if (all.some((m) => m.drift)) why.push('lets a score drift');
  if (card.hierarchy || card.relationships) why.push('rolls up other scores');
  return why;
}

/** Whether two scorecards are the same, whatever the order of their keys. */
export function same(a: unknown, b: unknown): boolean {
  return stable(a) === stable(b);
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_k, v: unknown) => (v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).filter(([, x]) => x !== undefined).sort(([x], [y]) => (x < y ? -1 : 1))) : v));
}
