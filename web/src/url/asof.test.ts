import { describe, expect, it } from 'vitest';
import { dayFromWords, isDay, readAsOf, stepWeeks } from './asof';
import { readExplain, writeExplain } from './useExplain';

// A Sunday.
const now = Date.parse('2026-03-15T12:00:00Z');

describe('the as-of day of a URL', () => {
  it('is a past day', () => {
    expect(readAsOf('2026-03-14', now)).toBe('2026-03-14');
  });

  it.each(['2026-03-15', '2026-03-16', '2026-02-30', 'yesterday', '', 7, undefined])('is today for %s', (value) => {
    expect(readAsOf(value, now)).toBeUndefined();
  });

  it('moves by weeks and stops at today', () => {
    expect(stepWeeks(undefined, -1, now)).toBe('2026-03-08');
    expect(stepWeeks('2026-03-08', -1, now)).toBe('2026-03-01');
    expect(stepWeeks('2026-03-08', 1, now)).toBeUndefined();
    expect(stepWeeks('2024-03-07', -1, now)).toBe('2024-02-29');
  });

  it('knows real days', () => {
    expect([isDay('2024-02-29'), isDay('2025-02-29'), isDay('2025-2-9')]).toEqual([true, false, false]);
  });
});

describe('a day in words', () => {
  it.each([
    ['as of last friday', '2026-03-13'],
    ['friday', '2026-03-13'],
    ['last fri', '2026-03-13'],
    ['sunday', '2026-03-08'],
    ['yesterday', '2026-03-14'],
    ['today', '2026-03-15'],
    ['3 weeks ago', '2026-02-22'],
    ['a month ago', '2026-02-15'],
    ['1 year ago', '2025-03-15'],
    ['end of last month', '2026-02-28'],
    ['end of last quarter', '2025-12-31'],
    ['end of last year', '2025-12-31'],
    ['end of february', '2026-02-28'],
    ['end of june', '2025-06-30'],
    ['end of march 2024', '2024-03-31'],
    ['31 Mar 2025', '2025-03-31'],
    ['march 3', '2026-03-03'],
    ['20 march', '2025-03-20'],
    ['2025-03-31', '2025-03-31'],
  ])('%s', (words, expected) => {
    expect(dayFromWords(words, now)).toBe(expected);
  });

  it.each(['', 'acme', 'tomorrow', '2026-12-31', '31 feb 2025', 'end of nothing', '40 march'])('is none in "%s"', (words) => {
    expect(dayFromWords(words, now)).toBeUndefined();
  });

  it('keeps the last day of a short month', () => {
    expect(dayFromWords('1 month ago', Date.parse('2026-03-31T00:00:00Z'))).toBe('2026-02-28');
  });
});

describe('the explanation of a URL', () => {
  it.each([{ account: 'acc_1' }, { account: 'acc_1', measure: 'usage' }])('goes there and back: %j', (target) => {
    expect(readExplain(writeExplain(target))).toEqual(target);
  });

  it('is none when absent', () => {
    expect(readExplain(undefined)).toBeUndefined();
    expect(writeExplain(undefined)).toBeUndefined();
  });
});
