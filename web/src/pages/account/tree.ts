import type { HierarchyNode } from '../../api/compare';

type Node = Pick<HierarchyNode, 'id' | 'parent_id' | 'depth' | 'children'>;

/** A large tree opens at its first two levels; a small one whole. */
export function closedAtFirst(nodes: Node[], most = 60): Set<string> {
  return new Set(nodes.length > most ? nodes.filter((n) => n.depth >= 1 && n.children > 0).map((n) => n.id) : []);
}

/** The nodes under no closed one; parents come before their children. */
export function openNodes<T extends Node>(nodes: T[], closed: ReadonlySet<string>): T[] {
  const hidden = new Set<string>();
  return nodes.filter((n) => {
    const gone = n.parent_id !== undefined && n.parent_id !== '' && (hidden.has(n.parent_id) || closed.has(n.parent_id));
    if (gone) hidden.add(n.id);
    return !gone;
  });
}
