import { describe, expect, it } from 'vitest';
import type { HealthChange } from '../../api/contract';
import { historyWords } from './History';
import { shownSteps } from './WhatChanged';

const change = (before: number, points: number[]): HealthChange => {
  const after = before + points.reduce((a, b) => a + b, 0);
  return {
    before, after, delta: after - before, band_before: 'green', band_after: 'green', redistribution: 0, adjustments: [],
    measures: points.map((p, i) => ({ measure: `m${i}`, title: `M ${i}`, points: p, group: 'g', group_title: 'G', kind: 'moved', metric: 'x', value: p, weight: 0, value_before: 0, value_after: 1, score_before: 0, score_after: 1, effective_before: 0.1, effective_after: 0.1 })),
  } as HealthChange;
};

const ends = (c: HealthChange) => {
  const shown = shownSteps({ change: c })!;
  return [Number((shown.from + shown.steps.reduce((a, x) => a + x.points, 0)).toFixed(1)), shown.to];
};

describe('shownSteps', () => {
  it('leads from the one score to the other, to the digit shown', () => {
    for (const points of [[4.26, -7.37, 0.05], [0.04, 0.04, 0.04, 0.04], [-12.345], [3.333, 3.333, 3.334]]) {
      const [sum, to] = ends(change(61.27, points));
      expect(sum).toBe(to);
    }
  });

  it('adds small moves together and still adds up', () => {
    const many = Array.from({ length: 24 }, (_, i) => Math.sin(i * 7.1) * 3);
    const shown = shownSteps({ change: change(55.5, many) })!;
    expect(shown.steps.length).toBeLessThanOrEqual(9);
    const [sum, to] = ends(change(55.5, many));
    expect(sum).toBe(to);
  });

  it('has nothing to say when a day has no score', () => {
    expect(shownSteps({ change: { ...change(50, [1]), before: null, delta: null } })).toBeNull();
  });
});

describe('historyWords', () => {
  it('says the direction, and a low in between', () => {
    expect(historyWords([{ score: 40 }, { score: 70 }])).toBe('Up from 40 to 70 in 2 weeks');
    expect(historyWords([{ score: 70 }, { score: 30 }, { score: 60 }])).toContain('lowest 30');
    expect(historyWords([{ score: null }])).toBe('No week has a score');
  });
});
