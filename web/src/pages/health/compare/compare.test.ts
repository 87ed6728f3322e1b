import { describe, expect, it } from 'vitest';
import { flowLayout, ribbonPath, type FlowCell } from './flow';
import { readCompareSearch, readSpreadSearch, usableBefore } from './search';
import { heat, migrationMessage } from './words';

const cells: FlowCell[] = [
  { from: 'red', to: 'red', direction: 'same', before: 40, after: 40 },
  { from: 'red', to: 'green', direction: 'better', before: 10, after: 10 },
  { from: 'green', to: 'green', direction: 'same', before: 30, after: 30 },
  { from: 'green', to: 'gone', direction: 'other', before: 5, after: 5 },
  { from: 'new', to: 'green', direction: 'other', before: 0, after: 15 },
];

describe('the flow', () => {
  const order = ['red', 'green', 'none', 'new', 'gone'];
  const f = flowLayout(order, cells, 300, 10, 1.5, 0);

  it('places only states that have something, in their order', () => {
    expect(f.left.map((n) => n.key)).toEqual(['red', 'green', 'new']);
    expect(f.right.map((n) => n.key)).toEqual(['red', 'green', 'gone']);
  });

  it('fits, on one scale for both sides', () => {
    const end = (nodes: typeof f.left) => Math.max(...nodes.map((n) => n.y + n.height));
    expect(end(f.left)).toBeLessThanOrEqual(300);
    expect(end(f.right)).toBeLessThanOrEqual(300.001);
    expect(f.left[0]!.height / 50).toBeCloseTo(f.right[0]!.height / 40);
  });

  it('has ribbons that fill their states without a gap', () => {
    for (const node of f.left) {
      const mine = f.ribbons.filter((r) => r.from === node.key && r.h0 > 1.5);
      expect(mine.reduce((sum, r) => sum + r.h0, 0)).toBeCloseTo(mine.length ? node.height : 0);
    }
    expect(ribbonPath(f.ribbons[0]!, 100)).toMatch(/^M0 0\.0C50 .*Z$/);
  });

  it('draws nothing out of nothing', () => {
    expect(flowLayout(order, [], 300)).toEqual({ left: [], right: [], ribbons: [], height: 0 });
  });

  it('leaves room for the label of a state with hardly anybody', () => {
    const tall = flowLayout(order, [...cells, { from: 'none', to: 'none', direction: 'same', before: 1, after: 1 }], 300, 10, 1.5, 32);
    for (const side of [tall.left, tall.right]) for (let i = 1; i < side.length; i++) expect(side[i]!.y - side[i - 1]!.y).toBeGreaterThanOrEqual(32);
    expect(tall.height).toBeGreaterThanOrEqual(Math.max(...tall.left.map((n) => n.y + n.height)));
  });
});

describe('the address of a comparison', () => {
  it('keeps what makes sense and drops the rest', () => {
    expect(readCompareSearch({ compare_to: '2025-01-31', scores: 'recomputed', count: 'arr', view: 'flow', from: 'red', to: 'green', move: 'sideways', sort: 'size', owner: 7 })).toEqual({ compare_to: '2025-01-31', scores: 'recomputed', count: 'arr', view: 'flow', from: 'red', to: 'green' });
    expect(readSpreadSearch({ by: 'owner', compare_to: 'soon', segment: 'smb' })).toEqual({ segment: 'smb' });
  });

  it('compares with an earlier day only', () => {
    expect(usableBefore('2026-01-01', undefined)).toBe('2026-01-01');
    expect(usableBefore('2026-01-01', '2026-02-01')).toBe('2026-01-01');
    expect(usableBefore('2026-02-01', '2026-02-01')).toBeUndefined();
  });
});

describe('words and tints', () => {
  const usd = (minor: number) => ({ minor, currency: 'USD' });
  const cell = (direction: 'same' | 'better' | 'worse', accounts: number) => ({ from: 'a', to: 'b', direction, accounts, arr_before: usd(0), arr_after: usd(0) });
  const total = (accounts: number) => ({ accounts, arr: usd(0) });

  it('say what happened', () => {
    expect(migrationMessage({ better: total(2), worse: total(3), cells: [cell('same', 5), cell('better', 2), cell('worse', 3)] })).toBe('3 fell, 2 rose, 5 stayed in their band');
    expect(migrationMessage({ better: total(0), worse: total(0), cells: [cell('same', 5)] })).toBe('All 5 stayed in their band');
  });

  it('show small moves, and nothing for none', () => {
    expect(heat(0, 10)).toBe(0);
    expect(heat(10, 10)).toBe(32);
    expect(heat(1, 100)).toBeGreaterThan(7);
  });
});
