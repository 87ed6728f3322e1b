import { describe, expect, it } from 'vitest';
import { bytes, duration, shareDone, totalsOf } from './import';

const progress = { read: 5, total_bytes: 200, done_bytes: 50, rate: 1, eta_seconds: 3 };

describe('imports in words', () => {
  it('are as far as their bytes, and unknown without a length', () => {
    expect(shareDone({ state: 'running', progress })).toBe(0.25);
    expect(shareDone({ state: 'running', progress: { ...progress, total_bytes: 0 } })).toBeNull();
    expect(shareDone({ state: 'done', progress: { ...progress, total_bytes: 0 } })).toBe(1);
  });

  it('say times and sizes as people do', () => {
    expect([4, 89, 150, 3600, 4800].map(duration)).toEqual(['4 s', '89 s', '3 min', '1 h', '1 h 20 min']);
    expect([12, 1500, 44_000_000].map(bytes)).toEqual(['12 B', '1.5 KB', '44 MB']);
  });

  it('add up what was read and written', () => {
    expect(totalsOf({ report: { objects: { accounts: { read: 5, created: 2, updated: 1, unchanged: 1, rejected: 1 }, tickets: { read: 3, created: 3, updated: 0, unchanged: 0, rejected: 0 }, derived_events: { read: 9, created: 9, updated: 0, unchanged: 0, rejected: 0 } }, quality: [], rejects: 1 } })).toEqual({ read: 8, written: 6 });
  });
});
