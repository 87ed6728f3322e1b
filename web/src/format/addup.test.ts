import { describe, expect, it } from 'vitest';
import { addsUp, addUp } from './addup';

const sum = (v: number[], digits = 1) => Number(v.reduce((a, b) => a + b, 0).toFixed(digits));

describe('addUp', () => {
  it('keeps figures that already add up', () => {
    expect(addUp([12.5, 30, 7.5], 50)).toEqual([12.5, 30, 7.5]);
  });

  it('gives thirds to the largest remainders, so that they add up to the total', () => {
    const parts = addUp([33.333, 33.333, 33.334], 100);
    expect(sum(parts)).toBe(100);
    expect(Math.max(...parts) - Math.min(...parts)).toBeCloseTo(0.1);
  });

  it('holds for gains and losses, as a waterfall needs it', () => {
    const steps = [4.26, -7.37, 0.05, -0.99, 2.04];
    expect(sum(addUp(steps, steps.reduce((a, b) => a + b, 0)))).toBe(-2);
  });

  it('moves no part by more than one unit, for many random sums', () => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    for (let n = 0; n < 500; n++) {
      const parts = Array.from({ length: 1 + Math.floor(random() * 14) }, () => (random() - 0.4) * 30);
      const total = parts.reduce((a, b) => a + b, 0);
      const shown = addUp(parts, total);
      expect(sum(shown)).toBe(Number(total.toFixed(1)) || 0);
      shown.forEach((x, i) => expect(Math.abs(x - parts[i]!)).toBeLessThanOrEqual(0.1 + 1e-9));
    }
  });

  it('does not hide parts that do not add up', () => {
    expect(addUp([10, 20], 90)).toEqual([10, 20]);
    expect(addsUp([10, 20], 90)).toBe(false);
    expect(addsUp([0.1, 0.2], 0.3)).toBe(true);
  });
});
