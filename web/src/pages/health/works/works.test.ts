import { describe, expect, test } from 'vitest';
import type { Estimate, Validation } from '../../../api/shapes';
import { readWorksSearch } from './search';
import { aheadMessage, bandMessage, estimateText, markOf, redWord, rungShare } from './words';

const est = (value: number | null, low: number | null = null, high: number | null = null): Estimate => ({ value, low, high, level: 0.95, n: 100, events: 9 });
const band = (key: string, title: string, rate: Estimate) => ({ key, title, color: key, rows: 100, left: 9, rate, arr: 0, arr_left: 0, arr_rate: rate }) as Validation['bands'][number];

describe('figures', () => {
  test('never without their interval, and a missing one is a dash', () => {
    expect(estimateText(est(0.826, 0.734, 0.891))).toBe('0.83 (0.73 to 0.89)');
    expect(estimateText(est(0.0491, 0.02, 0.08), 'percent')).toBe('4.9% (2% to 8%)');
    expect(estimateText(est(null))).toBe('–');
    expect(estimateText(est(5.36, 3.6, 7.1), 'times')).toBe('5.4× (3.6× to 7.1×)');
  });
});

describe('the answer', () => {
  test('a stopped or refused report claims nothing', () => {
    expect(markOf({ status: 'stopped', verdict: 'predicts' })).toMatchObject({ tone: 'bad' });
    expect(markOf({ status: 'refused', verdict: 'not_available' })).toMatchObject({ tone: 'open' });
    expect(markOf({ status: 'ok', verdict: 'too_few' })).toMatchObject({ tone: 'open' });
    expect(markOf({ status: 'ok', verdict: 'predicts' })).toEqual({ word: 'It predicts', tone: 'good' });
  });

  test('bands are compared only where their intervals part', () => {
    expect(bandMessage([band('red', 'At risk', est(0.06, 0.04, 0.09)), band('green', 'Healthy', est(0.004, 0.001, 0.02))])).toBe('At risk accounts left 15 times as often as Healthy ones');
    expect(bandMessage([band('red', 'At risk', est(0.06, 0.01, 0.09)), band('green', 'Healthy', est(0.04, 0.01, 0.08))])).toContain('cannot be told apart');
    expect(bandMessage([band('red', 'At risk', est(0.06, 0.01, 0.09)), band('', 'No score', est(0.04, 0.01, 0.08))])).toBe('Departures by band');
  });

  test('a warning counts only where chance is ruled out', () => {
    const ahead = (days: number, p: number | null) => ({ days, left: 20, red: 14, by_chance: 4, p_value: p, share: est(0.7, 0.5, 0.8) });
    expect(aheadMessage([ahead(90, 0.001), ahead(30, 0.001), ahead(180, 0.4)], 'red')).toBe('Leavers stand out as red up to 90 days before they go');
    expect(aheadMessage([ahead(90, null), ahead(30, 0.2)], 'red')).toContain('no more often');
  });

  test('the worst band has its own name', () => {
    expect(redWord([band('red', 'At risk', est(null))])).toBe('red');
    expect(redWord([{ ...band('d', 'Danger', est(null)), color: 'orange' }])).toBe('in Danger');
  });

  test('the ladder says how far it is to the next rung', () => {
    const ladder = (state: string, events: number, next_at?: number) => ({ state, events, next_at, allows: '' }) as Validation['ladder'];
    expect(rungShare(ladder('basic', 35, 50))).toBe(0.5);
    expect(rungShare(ladder('counts', 0, 5))).toBe(0);
    expect(rungShare(ladder('segments', 999))).toBe(1);
  });
});

test('the address restores what was asked, and drops nonsense', () => {
  expect(readWorksSearch({ horizon: '180d', history: 'recorded', outcome: 'event:account_churned', capacity: '40' })).toEqual({ horizon: '180d', history: 'recorded', outcome: 'event:account_churned', capacity: 40 });
  expect(readWorksSearch({ horizon: 'soon', history: 'x', outcome: 'x', capacity: -1 })).toEqual({});
});
