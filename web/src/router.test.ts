import { describe, expect, it } from 'vitest';
import { apiUrl } from './api/client';
import { safeBack } from './url/back';
import { hitLink } from './shell/Palette';
import { placeOf } from './shell/places';

describe('the way back after sign-in', () => {
  it('stays in this app', () => {
    expect(safeBack('/accounts?filter=score+%3C+40')).toBe('/accounts?filter=score+%3C+40');
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', 5, undefined])('is nowhere else: %s', (value) => {
    expect(safeBack(value)).toBeUndefined();
  });
});

describe('addresses', () => {
  it('leave out what is not asked', () => {
    expect(apiUrl('/accounts', { q: '', sort: '-score', cursor: undefined, limit: 50 })).toBe('/api/v1/accounts?sort=-score&limit=50');
  });

  it('of a search hit stay in this app', () => {
    expect(hitLink({ kind: 'account', id: 'acc_1', title: 'A', link: '//evil.example' } as never)).toBe('/accounts/acc_1');
    expect(hitLink({ kind: 'metric', id: 'm', title: 'M', link: '/health/metrics' } as never)).toBe('/health/metrics');
  });

  it('belong to a place', () => {
    expect(placeOf('/accounts/acc_1')?.key).toBe('accounts');
    expect(placeOf('/')?.key).toBe('home');
    expect(placeOf('/accountsx')).toBeUndefined();
  });
});
