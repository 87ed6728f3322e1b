import { describe, expect, test } from 'vitest';
import type { SurvivalCurve } from '../../api/churn';
import type { Estimate } from '../../api/shapes';
import { nextSort, readForecastSearch, readSurvivalSearch } from './search';
import { chanceText, effectText, evidenceOf, forecastMark, pointText, riskMonths, shownGroups } from './words';

const est = (value: number | null, low: number | null = null, high: number | null = null, evidence?: string): Estimate => ({ value, low, high, level: 0.95, n: 958, events: 42, evidence });

describe('probabilities', () => {
  test('never without their interval, and a missing one is a dash', () => {
    expect(chanceText(est(0.252, 0.132, 0.428))).toBe('25% (13% to 43%)');
    expect(chanceText(est(0.0312, 0.0104, 0.099))).toBe('3.1% (1% to 9.9%)');
    expect(chanceText(est(0.0002, 0.00001, 0.003))).toBe('<0.1% (<0.1% to 0.3%)');
    expect(chanceText(est(null))).toBe('–');
  });

  test('the badge says what they rest on, and there is none without a number', () => {
    expect(evidenceOf(est(0.2, 0.1, 0.3, 'out_of_time'))?.word).toBe('tested');
    expect(evidenceOf(est(0.2, 0.1, 0.3, 'descriptive'))).toMatchObject({ word: 'described', title: expect.stringContaining('42 departures among 958') as string });
    expect(evidenceOf(est(null))).toBeUndefined();
  });

  test('what moves the risk is a factor with its direction in words', () => {
    expect(effectText({ key: 'renewal', odds: 41.3 })).toEqual({ factor: '×41', text: 'A term ends in this time' });
    expect(effectText({ key: 'score', odds: 0.25 })).toEqual({ factor: '÷4', text: 'The health score is good' });
  });

  test('a refused or stopped forecast claims nothing', () => {
    expect(forecastMark({ status: 'stopped', evidence: 'out_of_time' }).tone).toBe('bad');
    expect(forecastMark({ status: 'refused' }).tone).toBe('open');
    expect(forecastMark({ status: 'ok', evidence: 'descriptive' })).toEqual({ word: 'Described, not claimed', tone: 'open' });
    expect(forecastMark({ status: 'ok', evidence: 'out_of_time' }).tone).toBe('good');
  });
});

describe('curves', () => {
  const curve = (key: string, n: number, points = 1) =>
    ({ key, title: key.toUpperCase(), n, from_month: key === 'z' ? 9 : 0, points: Array.from({ length: points }, (_, month) => ({ month, stay: 0.9, low: 0.8, high: 0.95, at_risk: 20, thin: false })) }) as unknown as SurvivalCurve;

  test('the six largest are drawn, in their order; those asked for if they are there', () => {
    const all = [curve('a', 5), curve('b', 9), curve('c', 3, 0), curve('d', 8), curve('e', 7), curve('f', 6), curve('g', 4), curve('h', 2)];
    expect(shownGroups(all, undefined).map((g) => g.key)).toEqual(['a', 'b', 'd', 'e', 'f', 'g']);
    expect(shownGroups([...all, curve('z', 99)], undefined).map((g) => g.key)).not.toContain('z');
    expect(shownGroups(all, 'h,c,zzz').map((g) => g.key)).toEqual(['h']);
    expect(shownGroups(all, 'zzz')).toHaveLength(6);
  });

  test('the table of those at risk has at most nine columns', () => {
    expect(riskMonths(22)).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
    expect(riskMonths(59)).toEqual([0, 12, 24, 36, 48]);
    for (const last of [0, 5, 24, 25, 48, 59, 96, 120]) expect(riskMonths(last).length).toBeLessThanOrEqual(9);
  });

  test('a point says how many are at risk', () => {
    expect(pointText(curve('a', 5), 0)).toBe('A: 90% (80% to 95%), 20 at risk');
    expect(pointText(curve('a', 5), 7)).toBeUndefined();
  });
});

test('the address restores what was asked, and drops nonsense', () => {
  expect(readForecastSearch({ horizon: '180d', list: 'all', sort: '-arr', owner: 'me' })).toEqual({ horizon: '180d', list: 'all', sort: '-arr', owner: 'me' });
  expect(readForecastSearch({ horizon: 'soon', list: 'x', sort: 'colour', owner: 'a b' })).toEqual({});
  expect(readSurvivalSearch({ by: 'cohort', show: '2025-Q1' })).toEqual({ by: 'cohort', show: '2025-Q1' });
  expect(readSurvivalSearch({ by: 'colour', show: 7 })).toEqual({});
});

test('a click on a column sorts by it, a second one turns it round', () => {
  expect(nextSort('renewal_at', 'probability')).toBe('-probability');
  expect(nextSort('-probability', 'probability')).toBe('probability');
  expect(nextSort('-probability', 'renewal_at')).toBe('renewal_at');
  expect(nextSort('renewal_at', 'renewal_at')).toBe('-renewal_at');
});
