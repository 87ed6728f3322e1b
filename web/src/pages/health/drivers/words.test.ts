import { describe, expect, it } from 'vitest';
import type { Driver } from '../../../api/drivers';
import { readDriversSearch } from './search';
import { lagBars, lagWords, qOf, qWords } from './words';

const lag = (days: number, value: number | null, q: number | null) => ({ days, value, q, low: null, high: null, p: q, n: 10 });

describe('drivers', () => {
  it.each([
    [0, 'now'],
    [7, '1 week before'],
    [56, '8 weeks before'],
    [30, '30 days before'],
  ])('%i days are %s', (days, words) => expect(lagWords(days)).toBe(words));
  it('tells the q of the lag that says most', () => {
    expect(qOf({ lag_days: 28, lags: [lag(0, 1, 0.4), lag(28, 2, 0.01)] } as Driver)).toBe(0.01);
    expect(qOf({ lag_days: 28, lags: [] as Driver['lags'] } as Driver)).toBeNull();
    expect([qWords(0.0004), qWords(0.0123), qWords(null)]).toEqual(['< 0.001', '0.012', '–']);
  });
  it('draws lags by the largest', () => {
    expect(lagBars({ lags: [lag(0, 1, null), lag(28, -2, 0.01), lag(56, null, null)] })).toEqual([
      { days: 0, height: 0.5, sure: false },
      { days: 28, height: -1, sure: true },
      { days: 56, height: 0, sure: false },
    ]);
    expect(lagBars({ lags: [] })).toEqual([]);
  });
  it('reads its address', () => {
    expect(readDriversSearch({ outcome: 'arr', horizon: '30d', all: true })).toEqual({ outcome: 'arr', horizon: '30d', all: true });
    expect(readDriversSearch({ outcome: 'left', horizon: 'x', all: 'yes' })).toEqual({});
  });
});
