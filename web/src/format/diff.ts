export type DiffLine = { kind: 'same' | 'add' | 'drop' | 'gap'; text: string };

/**
 * The lines of two texts by the longest common subsequence, with `around` lines
 * kept on each side of a change. Long texts with much in common are cheap: what
 * is equal at both ends is cut off first. Beyond `most` cells the middle is
 * shown as dropped and added as a whole.
 */
export function diffLines(before: string, after: string, around = 3, most = 4_000_000): DiffLine[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const lines: DiffLine[] = [
    ...a.slice(0, head).map((text) => ({ kind: 'same', text }) as DiffLine),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), most),
    ...a.slice(a.length - tail).map((text) => ({ kind: 'same', text }) as DiffLine),
  ];
  return fold(lines, around);
}

function middle(a: string[], b: string[], most: number): DiffLine[] {
  if (a.length * b.length > most) return [...a.map((text) => ({ kind: 'drop', text }) as DiffLine), ...b.map((text) => ({ kind: 'add', text }) as DiffLine)];
  const width = b.length + 1;
  const lcs = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) lcs[i * width + j] = a[i] === b[j] ? lcs[(i + 1) * width + j + 1]! + 1 : Math.max(lcs[(i + 1) * width + j]!, lcs[i * width + j + 1]!);
  const out: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ kind: 'same', text: a[i]! });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && lcs[(i + 1) * width + j]! >= lcs[i * width + j + 1]!)) out.push({ kind: 'drop', text: a[i++]! });
    else out.push({ kind: 'add', text: b[j++]! });
  }
  return out;
}

function fold(lines: DiffLine[], around: number): DiffLine[] {
  const near = lines.map(() => false);
  lines.forEach((l, i) => {
    if (l.kind !== 'same') for (let k = Math.max(0, i - around); k <= Math.min(lines.length - 1, i + around); k++) near[k] = true;
  });
  const out: DiffLine[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (near[i]) out.push(lines[i]!);
    else {
      let n = 1;
      while (i + 1 < lines.length && !near[i + 1]) {
        i++;
        n++;
      }
      out.push({ kind: 'gap', text: n === 1 ? '1 line is the same' : `${n} lines are the same` });
    }
  }
  return out;
}
