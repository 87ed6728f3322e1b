import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../api/shapes';
import { readLearnedSearch } from './search';
import { failed, largest, scaleOf, verdictWord } from './words';

describe('learned weights', () => {
  it('are drawn on a scale that holds all of them', () => {
    expect(scaleOf([{ hand: 0.12, learned: 0.2, high: 0.31 }])).toBe(0.4);
    expect(scaleOf([{ hand: 0.3, learned: 0.1, high: null }])).toBe(0.3);
    expect(scaleOf([{ hand: 1, learned: 1, high: 1 }])).toBe(1);
    expect(scaleOf([])).toBe(0.1);
  });
  it('say what became of them', () => expect(['kept', 'no_evidence', 'unseen'].map((v) => verdictWord(v as 'kept'))).toEqual(['kept', 'no evidence', 'not seen']));
  it('name the conditions of a claim that did not hold', () => {
    const conditions = [{ key: 'a', title: 'Enough', held: true, words: '' }, { key: 'b', title: 'Better', held: false, words: '' }];
    expect(failed({ conditions } as Claim)).toEqual(['Better']);
  });
  it('name the largest contributions, whichever way', () => {
    expect(largest([1, -7, 0.2, 3], [{ title: 'a' }, { title: 'b' }, { title: 'c' }, { title: 'd' }])).toEqual([{ title: 'b', points: -7 }, { title: 'd', points: 3 }]);
    expect(largest([0.1], [{ title: 'a' }])).toEqual([]);
  });
  it('read their address', () => {
    expect(readLearnedSearch({ horizon: '180d' })).toEqual({ horizon: '180d' });
    expect(readLearnedSearch({ horizon: 'soon' })).toEqual({});
    expect(readLearnedSearch({ horizon: '90d' })).toEqual({});
  });
});
