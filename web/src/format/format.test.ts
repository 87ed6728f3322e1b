import { describe, expect, it } from 'vitest';
import { ago, day, daysLeft } from './date';
import { major, moneyExact, moneyShort } from './money';
import { count, fixed, percent, plural, signed, withUnit } from './number';

const usd = (minor: number) => ({ minor, currency: 'USD' });

describe('money', () => {
  it.each([
    [95_000, '$950'],
    [4_830_000, '$48.3K'],
    [12_345_600, '$123K'],
    [123_456_789_00, '$123.5M'],
    [-4_830_000, '-$48.3K'],
  ])('%d minor units in short form', (minor, text) => {
    expect(moneyShort(usd(minor))).toBe(text);
  });

  it('keeps every cent in the exact form', () => {
    expect(moneyExact(usd(123_456_789))).toBe('$1,234,567.89');
  });

  it('knows currencies without and with three minor digits', () => {
    expect(major({ minor: 5000, currency: 'JPY' })).toBe(5000);
    expect(major({ minor: 5000, currency: 'BHD' })).toBe(5);
  });

  it('shows a missing amount as missing, not as zero', () => {
    expect(moneyShort(null)).toBe('–');
    expect(moneyExact(undefined)).toBe('–');
  });

  it('survives a code that is no currency', () => {
    expect(moneyShort({ minor: 500_00, currency: 'credits' })).toContain('500');
  });
});

describe('numbers', () => {
  it('never turns missing into 0', () => {
    expect([count(null), fixed(undefined), percent(null), signed(null), withUnit(null, 'days')]).toEqual(['–', '–', '–', '–', '–']);
  });

  it('signs a change, and not a zero', () => {
    expect([signed(3), signed(-3.25, 1), signed(0)]).toEqual(['+3', '−3.3', '0']);
  });

  it('names the unit', () => {
    expect(withUnit(0.713, 'share')).toBe('71.3%');
    expect(withUnit(1, 'days')).toBe('1 day');
    expect(withUnit(41, 'days')).toBe('41 days');
    expect(withUnit(12, 'seats')).toBe('12 seats');
  });

  it('counts in words', () => {
    expect([plural(1, 'account'), plural(2, 'account'), plural(0, 'account')]).toEqual(['1 account', '2 accounts', '0 accounts']);
  });
});

describe('dates', () => {
  const now = Date.parse('2026-03-15T12:00:00Z');

  it.each([
    ['2026-03-15T11:59:30Z', 'just now'],
    ['2026-03-15T11:48:00Z', '12 minutes ago'],
    ['2026-03-14T12:00:00Z', 'yesterday'],
    ['2026-04-12T12:00:00Z', 'in 28 days'],
    ['2025-09-15T12:00:00Z', '6 months ago'],
    ['2024-03-15T12:00:00Z', '2 years ago'],
  ])('%s', (at, words) => {
    expect(ago(at, now)).toBe(words);
  });

  it('shows a calendar day as that day in every zone', () => {
    expect(day('2026-03-01T00:00:00Z')).toBe('Mar 1, 2026');
  });

  it('says how a renewal stands', () => {
    expect([daysLeft(12), daysLeft(0), daysLeft(-9), daysLeft(null)]).toEqual(['in 12 d', 'today', '9 d over', '–']);
  });

  it('takes nonsense as missing', () => {
    expect([day('soon'), ago('')]).toEqual(['–', '–']);
  });
});
