import { describe, expect, it } from 'vitest';
import { closedAtFirst, openNodes } from './tree';

const nodes = [
  { id: 'a', depth: 0, children: 2 },
  { id: 'b', parent_id: 'a', depth: 1, children: 1 },
  { id: 'c', parent_id: 'b', depth: 2, children: 1 },
  { id: 'd', parent_id: 'c', depth: 3, children: 0 },
  { id: 'e', parent_id: 'a', depth: 1, children: 0 },
];

describe('a hierarchy', () => {
  it('hides all levels under a closed account', () => {
    expect(openNodes(nodes, new Set()).map((n) => n.id)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(openNodes(nodes, new Set(['b'])).map((n) => n.id)).toEqual(['a', 'b', 'e']);
    expect(openNodes(nodes, new Set(['a'])).map((n) => n.id)).toEqual(['a']);
  });

  it('opens whole while it is small', () => {
    expect(closedAtFirst(nodes).size).toBe(0);
    expect([...closedAtFirst(nodes, 3)]).toEqual(['b', 'c']);
  });
});
