import { describe, expect, it } from 'vitest';
import { movedTotals } from './impact';

const usd = (minor: number) => ({ minor, currency: 'USD' });

describe('movedTotals', () => {
  it('counts the ways and adds up ARR, leaving out those who stay', () => {
    const t = movedTotals(
      {
        bands_before: [],
        band_moves: [
          { from: 'red', to: 'green', accounts: 3, arr: usd(300) },
          { from: 'green', to: 'yellow', accounts: 2, arr: usd(50) },
          { from: 'red', to: 'red', accounts: 90, arr: usd(9000) },
          { from: 'none', to: 'red', accounts: 1, arr: usd(7) },
        ],
      },
      [{ key: 'red' }, { key: 'yellow' }, { key: 'green' }],
    );
    expect(t).toEqual({ accounts: 6, arr: usd(357), better: 3, worse: 2, other: 1 });
  });
});
