import { describe, expect, it } from 'vitest';
import type { Scorecard } from '../../api/shapes';
import { curveAt, curveDomain, curveErrors, curvePath } from './curve';
import { addMeasure, dropMeasure, freeKey, same, setMeasure, sharesOf } from './draft';

const card: Scorecard = {
  key: 'default',
  title: 'Default',
  bands: [{ key: 'red', min: 0 }, { key: 'green', min: 70 }],
  groups: [
    { key: 'use', weight: 30, measures: [{ key: 'logins', metric: 'logins', weight: 60, points: [{ x: 0, score: 0 }, { x: 10, score: 100 }] }, { key: 'seats', metric: 'seats', weight: 40 }] },
    { key: 'voice', weight: 10, measures: [{ key: 'nps', metric: 'nps', weight: 3 }] },
  ],
};

describe('shares', () => {
  it('are of the whole and add up to one', () => {
    const { groups, measures } = sharesOf(card);
    expect(groups).toEqual([0.75, 0.25]);
    expect(measures[0]![0]).toBeCloseTo(0.45);
    expect(measures.flat().reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it('do not divide by zero when all weights are zero', () => {
    expect(sharesOf({ groups: [{ key: 'a', weight: 0, measures: [{ key: 'm', metric: 'x', weight: 0 }] }] })).toEqual({ groups: [0], measures: [[0]] });
  });
});

describe('changing a card', () => {
  it('never touches the one before', () => {
    const before = JSON.stringify(card);
    const after = setMeasure(card, 0, 1, { weight: 80 });
    expect(JSON.stringify(card)).toBe(before);
    expect(same(card, after)).toBe(false);
    expect(same(card, JSON.parse(before))).toBe(true);
  });

  it('takes a group out with its last measure', () => {
    expect(dropMeasure(card, 1, 0).groups.map((g) => g.key)).toEqual(['use']);
  });

  it('gives a new measure a free key and a curve that fits the metric', () => {
    expect(freeKey(card, 'Logins')).toBe('logins_2');
    const added = addMeasure(card, 1, { name: 'tickets_open', higher_is_better: false, distribution: { p5: 0, p95: 12 } }).groups[1]!.measures[1]!;
    expect(added.points).toEqual([{ x: 0, score: 100 }, { x: 12, score: 0 }]);
  });
});

describe('curves', () => {
  const line = { points: [{ x: 0, score: 0 }, { x: 10, score: 50 }, { x: 20, score: 100 }] };
  const steps = { steps: [{ from: 1, score: 50 }, { from: 3, score: 100 }], below: 0 };

  it('are linear between corners and flat outside', () => {
    expect([-5, 0, 5, 15, 99].map((x) => curveAt(line, x))).toEqual([0, 0, 25, 75, 100]);
  });

  it('step up at the value itself', () => {
    expect([0.9, 1, 2.99, 3].map((x) => curveAt(steps, x))).toEqual([0, 50, 50, 100]);
    expect(curveAt({ steps: steps.steps }, 0)).toBeNull();
  });

  it('are drawn over their corners and the middle of the accounts', () => {
    const [low, high] = curveDomain(line, { p5: -4, p25: 1, p50: 3, p75: 5, p95: 8 });
    expect(low).toBeLessThan(-4);
    expect(high).toBeGreaterThan(20);
    expect(curvePath(line, [0, 20], 100, 100)).toBe('M0.0 100.0L0.0 100.0L50.0 50.0L100.0 0.0L100.0 0.0');
    expect(curvePath(steps, [0, 4], 100, 100)).toBe('M0.0 100.0H25.0V50.0H75.0V0.0H100.0');
  });

  it('say what is wrong', () => {
    expect(curveErrors({ points: [{ x: 2, score: 0 }, { x: 2, score: 120 }] })).toHaveLength(2);
    expect(curveErrors(line)).toEqual([]);
  });
});
