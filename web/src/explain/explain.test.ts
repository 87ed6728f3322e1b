import { describe, expect, it } from 'vitest';
import type { HealthChange, MeasureChange } from '../api/contract';
import { waterfallRange } from '../chart/Waterfall';
import { csvField, toCsv } from './csv';
import { changeSteps } from './steps';

const part = (measure: string, points: number) => ({ measure, title: measure, points }) as MeasureChange;
const change = (measures: MeasureChange[], adjustments: HealthChange['adjustments'] = []) => ({ measures, adjustments }) as HealthChange;

describe('what changed', () => {
  it('puts the largest first and leaves out what did not move', () => {
    expect(changeSteps(change([part('a', 1), part('b', -5), part('c', 0)])).map((s) => s.key)).toEqual(['b', 'a']);
  });

  it('adds up even when small changes are drawn together', () => {
    const parts = Array.from({ length: 12 }, (_, i) => part(`m${i}`, i % 2 ? 1.5 : -0.7));
    const steps = changeSteps(change(parts, [{ kind: 'cap', key: 'k', why: 'Sentiment is red', before: false, after: true, points: -9 }]));
    expect(steps).toHaveLength(7);
    expect(steps[0]!.label).toBe('Sentiment is red');
    expect(steps.reduce((sum, s) => sum + s.points, 0)).toBeCloseTo(parts.reduce((sum, p) => sum + p.points, -9), 9);
  });

  it('has no steps without a change', () => {
    expect(changeSteps(undefined)).toEqual([]);
  });

  it('is drawn over every level it passes', () => {
    const [low, high] = waterfallRange(50, [{ key: 'a', label: '', points: 30 }, { key: 'b', label: '', points: -60 }]);
    expect(low).toBeLessThan(20);
    expect(high).toBeGreaterThan(80);
  });
});

describe('CSV', () => {
  it('quotes what needs it', () => {
    expect(csvField('a,b')).toBe('"a,b"');
    expect(csvField('say "hi"')).toBe('"say ""hi"""');
    expect(csvField('two\nlines')).toBe('"two\nlines"');
  });

  it('leaves missing empty and numbers bare', () => {
    expect(toCsv(['a', 'b', 'c'], [[null, -1.5, true]])).toBe('a,b,c\r\n,-1.5,true\r\n');
  });

  it('defuses text that a sheet would run', () => {
    expect(csvField('=HYPERLINK("x")')).toBe('"\'=HYPERLINK(""x"")"');
    expect(csvField('@cmd')).toBe("'@cmd");
  });
});
