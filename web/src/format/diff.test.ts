import { describe, expect, it } from 'vitest';
import { diffLines } from './diff';

describe('diffLines', () => {
  it('shows a change with the lines around it and folds the rest', () => {
    const a = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    const b = a.with(10, 'other');
    const d = diffLines(a.join('\n'), b.join('\n'), 2);
    expect(d.map((l) => l.kind)).toEqual(['gap', 'same', 'same', 'drop', 'add', 'same', 'same', 'gap']);
    expect(d[0]!.text).toBe('8 lines are the same');
  });

  it('loses no line of either text', () => {
    const a = 'a\nb\nc\nd\ne';
    const b = 'b\nx\nd\ne\nf';
    const d = diffLines(a, b, 99);
    expect(d.filter((l) => l.kind !== 'add').map((l) => l.text).join('\n')).toBe(a);
    expect(d.filter((l) => l.kind !== 'drop').map((l) => l.text).join('\n')).toBe(b);
  });

  it('has one gap when nothing changed, and does not hang on long texts', () => {
    expect(diffLines('a\nb', 'a\nb')).toEqual([{ kind: 'gap', text: '2 lines are the same' }]);
    const long = (c: string) => Array.from({ length: 3000 }, (_, i) => `${c}${i}`).join('\n');
    expect(diffLines(long('a'), long('b')).length).toBe(6000);
  });
});
