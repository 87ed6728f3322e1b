import { describe, expect, it } from 'vitest';
import { listPages, pagesFor } from './useGridWindow';

describe('the pages of a place in the list', () => {
  it('holds what is in sight and some more on both sides', () => {
    expect(pagesFor(0, 40, 100)).toEqual({ from: 0, to: 1 });
    expect(pagesFor(50_020, 50_060, 100)).toEqual({ from: 499, to: 501 });
    expect(pagesFor(160, 190, 100)).toEqual({ from: 1, to: 2 });
  });

  it('never asks beyond the end, and always for one', () => {
    expect(listPages({ from: 0, to: 1 }, 0, 100)).toEqual([0]);
    expect(listPages({ from: 998, to: 1001 }, 100_000, 100)).toEqual([998, 999]);
    expect(listPages({ from: 7, to: 9 }, 250, 100)).toEqual([2]);
    expect(listPages({ from: 1, to: 2 }, 250, 100)).toEqual([1, 2]);
  });
});
