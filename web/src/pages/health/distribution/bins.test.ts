import { describe, expect, it } from 'vitest';
import { binColor, binFilter, coverWords, spreadMessage } from './bins';

const bands = [
  { min: 0, color: 'red' },
  { min: 50, color: 'yellow' },
  { min: 75, color: 'green' },
];
const spread = { scored: 90, unscored: 10, mean: 60, p10: 30, p25: 48, median: 62, p75: 77, p90: 90 };

describe('the bars of a distribution', () => {
  it('have the colour of their band', () => {
    expect([0, 45, 50, 74, 75, 95].map((from) => binColor({ from, to: from + 5 }, bands))).toEqual(['red', 'red', 'yellow', 'green', 'green', 'green']);
    expect(binColor({ from: 0, to: 5 }, [])).toBeUndefined();
  });

  it('find their accounts, the last one with its end', () => {
    expect(binFilter({ from: 40, to: 45 })).toBe('status != "churned" && score >= 40.0 && score < 45.0');
    expect(binFilter({ from: 95, to: 100 }, { scorecard: 'default' })).toBe('status != "churned" && score >= 95.0 && score <= 100.0 && scorecard == "default"');
  });
});

describe('the words of a distribution', () => {
  it('say where half of the accounts are', () => {
    expect(spreadMessage({ spread })).toBe('Half score 62 or more; the middle half 48 to 77');
    expect(spreadMessage({ spread, before: { ...spread, median: 58 } })).toBe('Half score 62 or more, 58 then; the middle half 48 to 77');
    expect(spreadMessage({ spread: { ...spread, scored: 0, median: null, p25: null, p75: null } })).toBe('Nobody has a score');
  });

  it('say who has none', () => {
    expect(coverWords(spread)).toBe('90 scored, 10 without a score (10%)');
    expect(coverWords({ ...spread, unscored: 0 })).toBe('90 scored');
  });
});
