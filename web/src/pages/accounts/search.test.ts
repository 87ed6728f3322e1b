import { describe, expect, it } from 'vitest';
import { pickColumns, type Column } from '../../table/column';
import { bandsOf } from './bands';
import { largest, onCard } from './scorecard';
import { CUSTOMERS, filterOf, nextSort, readAccountsSearch, readSort, wholeFilter, writeSort } from './search';

describe('the state in the URL', () => {
  it('keeps what it knows and drops the rest', () => {
    expect(readAccountsSearch({ filter: 'score < 40', q: 123, sort: '-arr', density: 'comfortable', junk: 'x', cols: '', peek: { a: 1 } })).toEqual({ filter: 'score < 40', q: '123', sort: '-arr', density: 'comfortable' });
  });

  it('shows the customers of today until it is told otherwise', () => {
    expect(filterOf({})).toBe(CUSTOMERS);
    expect(filterOf({ filter: '' })).toBeUndefined();
    expect(filterOf(readAccountsSearch({ filter: '' }))).toBeUndefined();
    expect(filterOf({ view: 'everything' })).toBeUndefined();
    expect(filterOf({ filter: 'score < 40' })).toBe('score < 40');
  });

  it('does not believe another density', () => {
    expect(readAccountsSearch({ density: 'huge' })).toEqual({});
  });
});

describe('sorting', () => {
  it.each(['-score,name', 'name', '-metric:logins_28d'])('reads and writes %s', (text) => {
    expect(writeSort(readSort(text))).toBe(text);
  });

  it('drops empty parts', () => {
    expect(readSort(' ,-, name')).toEqual([{ key: 'name', desc: false }]);
  });

  it('goes natural, reversed, default', () => {
    expect(nextSort(undefined, 'arr', true)).toBe('-arr');
    expect(nextSort('-arr', 'arr', true)).toBe('arr');
    expect(nextSort('arr', 'arr', true)).toBeUndefined();
    expect(nextSort('name', 'score', false)).toBe('score');
  });
});

describe('the whole filter as one condition', () => {
  it.each([
    [{}, undefined],
    [{ filter: 'score < 40' }, 'score < 40'],
    [{ owner: 'me' }, 'owner == "usr_1"'],
    [{ owner: 'all', band: 'red' }, 'band == "red"'],
    [{ band: 'red,yellow', segment: 'ent' }, 'band in ["red", "yellow"] && segment == "ent"'],
    [{ band: 'none' }, '!known(band)'],
    [{ band: 'red,none' }, '(band == "red" || !known(band))'],
    [{ owner: 'me', filter: 'score < 40 || arr > 9' }, 'owner == "usr_1" && (score < 40 || arr > 9)'],
  ])('%j', (search, condition) => {
    expect(wholeFilter(search, 'usr_1')).toBe(condition);
  });
});

describe('columns', () => {
  const column = (key: string): Column<unknown> => ({ key, title: key, width: 10, render: () => null });
  const all = ['name', 'score', 'arr'].map(column);
  const keys = (chosen: string[] | undefined) => pickColumns(all, chosen, ['score']).map((c) => c.key);

  it('keeps the first, the order asked for, and nothing unknown', () => {
    expect(keys(['arr', 'gone', 'score'])).toEqual(['name', 'arr', 'score']);
    expect(keys(undefined)).toEqual(['name', 'score']);
    expect(keys(['name'])).toEqual(['name']);
  });
});

describe('bands of several scorecards', () => {
  it('are merged by key, the worst first', () => {
    const bands = bandsOf([
      { bands: [{ key: 'red', title: 'At risk', min: 0, color: 'red' }, { key: 'green', min: 70, color: 'green' }] },
      { bands: [{ key: 'red', title: 'Other', min: 0 }, { key: 'amber', title: 'Watch', min: 40, color: 'yellow' }] },
    ]);
    expect(bands.map((b) => [b.key, b.title, b.letter, b.color])).toEqual([
      ['red', 'At risk', 'A', 'red'],
      ['amber', 'Watch', 'W', 'yellow'],
      ['green', 'green', 'G', 'green'],
    ]);
  });
});

describe('the scorecard of the grid', () => {
  it('is that of most accounts, and keeps the condition', () => {
    expect(largest([{ accounts: 3 }, { accounts: 9 }, { accounts: 9 }])).toEqual({ accounts: 9 });
    expect(largest([])).toBeUndefined();
    expect(onCard('a || b', 'digital')).toBe('(a || b) && scorecard == "digital"');
    expect(onCard(undefined, 'digital')).toBe('scorecard == "digital"');
    expect(onCard('a', undefined)).toBe('a');
  });
});
