// The drawing of a flow between two columns of states: who was where, and where
// they went. Pure: heights come in, places go out.

export type FlowNode = { key: string; y: number; height: number; value: number };
export type Ribbon = { from: string; to: string; direction: string; value: number; y0: number; h0: number; y1: number; h1: number };
export type FlowCell = { from: string; to: string; direction: string; before: number; after: number };

/**
 * Places the states of both sides from the top down in their order, on one scale,
 * with a gap between them, and the ribbons between them. A state without anything
 * has no place; a small one has room for its label all the same, which may make the
 * whole taller than asked. A ribbon is as thick at each end as what it carries is
 * worth there.
 */
export function flowLayout(order: string[], cells: FlowCell[], height: number, gap = 14, least = 1.5, label = 32): { left: FlowNode[]; right: FlowNode[]; ribbons: Ribbon[]; height: number } {
  const used = cells.filter((c) => c.before > 0 || c.after > 0);
  const sums = (side: 'before' | 'after', end: 'from' | 'to') =>
    order.map((key) => ({ key, value: used.filter((c) => c[end] === key).reduce((sum, c) => sum + c[side], 0), any: used.some((c) => c[end] === key) })).filter((n) => n.any);
  const lefts = sums('before', 'from');
  const rights = sums('after', 'to');
  const room = (n: { value: number }[]) => height - gap * Math.max(0, n.length - 1);
  const total = (n: { value: number }[]) => n.reduce((sum, x) => sum + x.value, 0);
  const scale = Math.min(...[lefts, rights].map((n) => (total(n) > 0 ? room(n) / total(n) : Infinity)));
  const unit = Number.isFinite(scale) && scale > 0 ? scale : 0;
  const place = (nodes: { key: string; value: number }[]): FlowNode[] => {
    let y = 0;
    return nodes.map((n) => {
      const node = { key: n.key, value: n.value, y, height: Math.max(least, n.value * unit) };
      y += Math.max(node.height + gap, label);
      return node;
    });
  };
  const left = place(lefts);
  const right = place(rights);
  const at = (nodes: FlowNode[]) => new Map(nodes.map((n) => [n.key, n.y]));
  const [down, up] = [at(left), at(right)];
  const rank = new Map(order.map((key, i) => [key, i]));
  const sorted = [...used].sort((a, b) => rank.get(a.from)! - rank.get(b.from)! || rank.get(a.to)! - rank.get(b.to)!);
  const ribbons = sorted.map((c): Ribbon => {
    const [h0, h1] = [c.before * unit, c.after * unit];
    const [y0, y1] = [down.get(c.from)!, up.get(c.to)!];
    down.set(c.from, y0 + h0);
    up.set(c.to, y1 + h1);
    return { from: c.from, to: c.to, direction: c.direction, value: Math.max(c.before, c.after), y0, h0: Math.max(h0, least), y1, h1: Math.max(h1, least) };
  });
  const end = Math.max(0, ...[...left, ...right].map((n) => n.y + Math.max(n.height, label - gap)));
  return { left, right, ribbons, height: end };
}

/** The outline of a ribbon from x = 0 to x = width. */
export function ribbonPath(r: Ribbon, width: number): string {
  const mid = width / 2;
  const n = (v: number) => v.toFixed(1);
  return `M0 ${n(r.y0)}C${mid} ${n(r.y0)} ${mid} ${n(r.y1)} ${width} ${n(r.y1)}V${n(r.y1 + r.h1)}C${mid} ${n(r.y1 + r.h1)} ${mid} ${n(r.y0 + r.h0)} 0 ${n(r.y0 + r.h0)}Z`;
}
