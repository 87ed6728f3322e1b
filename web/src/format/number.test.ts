import { describe, expect, it } from 'vitest';
import { score } from './number';

describe('a score beside a band', () => {
  it('never looks as if it had reached the next band', () => {
    expect(score(49.6)).toBe('49.6');
    expect(score(49.99)).toBe('49.9');
    expect(score(50)).toBe('50');
    expect(score(50.4)).toBe('50');
    expect(score(48.6)).toBe('49');
    expect(score(99.97)).toBe('99.9');
    expect(score(null)).toBe('–');
  });
});
