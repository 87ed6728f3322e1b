import { describe, expect, it } from 'vitest';
import type { PortfolioBand } from '../../api/contract';
import { countAt, trendMessage } from './trend';

const zero = { minor: 0, currency: 'USD' };
const band = (key: string, color: string, title: string): PortfolioBand => ({ key, color, title, letter: title[0]!, accounts: 0, arr: zero, accounts_before: 0, arr_before: zero });
const bands = [band('red', 'red', 'Poor'), band('green', 'green', 'Healthy'), band('', 'grey', 'No score')];
const point = (red: number, green: number, none = 0) => ({ as_of: '2026-01-01T00:00:00Z', red, green, none }) as never;

describe('the message of the trend', () => {
  it('speaks of the worst band since the first scored week', () => {
    expect(trendMessage([point(0, 0, 9), point(2, 7), point(3, 6), point(5, 4)], bands)).toBe('“Poor” grew from 2 to 5 accounts in 2 weeks');
    expect(trendMessage([point(5, 0), point(1, 4)], bands)).toBe('“Poor” shrank from 5 to 1 account in 1 week');
    expect(trendMessage([point(5, 0), point(5, 4)], bands)).toBe('5 accounts in “Poor”, as 1 week ago');
  });

  it('admits that there is no history', () => {
    expect(trendMessage([], bands)).toBe('There is no history of scores yet');
    expect(trendMessage([point(0, 0, 4), point(0, 0, 4)], bands)).toBe('There is no history of scores yet');
  });

  it('counts a band that a week does not name as none', () => {
    expect(countAt(undefined, 'red')).toBe(0);
    expect(countAt(point(3, 1), 'orange')).toBe(0);
  });
});
