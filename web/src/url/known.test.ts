import { describe, expect, it } from 'vitest';
import { knownOf, readKnown } from './known';

describe('knownOf', () => {
  it('reads the choice beside an as-of day only', () => {
    expect(knownOf('?as_of=2026-01-31&known=now')).toBe('now');
    expect(knownOf('?known=now')).toBeUndefined();
    expect(knownOf('?as_of=2026-01-31')).toBeUndefined();
    expect(knownOf('?as_of=2026-01-31&known=then')).toBeUndefined();
  });
  it('takes nothing else for it', () => {
    expect(readKnown('as_of')).toBeUndefined();
    expect(readKnown(undefined)).toBeUndefined();
  });
});
