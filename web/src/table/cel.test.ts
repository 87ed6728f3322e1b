import { describe, expect, it } from 'vitest';
import { clauseInWords, fromCel, toCel, type Clause, type Field } from './cel';

const fields: Field[] = [
  { cel: 'score', title: 'Score', kind: 'number' },
  { cel: 'arr', title: 'ARR', kind: 'money' },
  { cel: 'name', title: 'Name', kind: 'text' },
  { cel: 'segment', title: 'Segment', kind: 'choice', options: [{ value: 'ent', label: 'Enterprise' }, { value: 'smb', label: 'Small business' }] },
  { cel: 'days_to_renewal', title: 'Days to renewal', kind: 'days', unit: 'days' },
  { cel: 'coalesce(stage, "") != "churned"', title: 'Not churned', kind: 'condition' },
  { cel: 'attr.pilot', title: 'Pilot', kind: 'flag' },
];

const written: [Clause[], string][] = [
  [[], ''],
  [[{ field: 'score', op: '<', value: 40 }], 'score < 40'],
  [[{ field: 'score', op: '>=', value: -1.5 }], 'score >= -1.5'],
  [[{ field: 'score', op: 'missing', value: '' }], '!known(score)'],
  [[{ field: 'arr', op: 'present', value: '' }], 'known(arr)'],
  [[{ field: 'name', op: 'contains', value: 'A && "B" || C' }], 'name.contains("A && \\"B\\" || C")'],
  [[{ field: 'name', op: '==', value: 'back\\slash' }], 'name == "back\\\\slash"'],
  [[{ field: 'segment', op: 'in', value: ['ent', 'smb'] }], 'segment in ["ent", "smb"]'],
  [[{ field: 'attr.pilot', op: '==', value: true }], 'attr.pilot == true'],
  [[{ field: 'coalesce(stage, "") != "churned"', op: '==', value: true }, { field: 'score', op: '<', value: 9 }], 'coalesce(stage, "") != "churned" && score < 9'],
  [
    [
      { field: 'score', op: '<', value: 40 },
      { field: 'segment', op: '==', value: 'ent' },
      { field: 'days_to_renewal', op: '<=', value: 90 },
    ],
    'score < 40 && segment == "ent" && days_to_renewal <= 90',
  ],
];

describe('the filter bar', () => {
  it.each(written)('writes %j', (clauses, text) => {
    expect(toCel(clauses, fields)).toBe(text);
  });

  it.each(written)('reads back %j', (clauses, text) => {
    expect(fromCel(text, fields)).toEqual(clauses);
  });

  it('reads what a hand writes a little differently', () => {
    expect(fromCel(" score<40&&segment == 'ent' ", fields)).toEqual([
      { field: 'score', op: '<', value: 40 },
      { field: 'segment', op: '==', value: 'ent' },
    ]);
  });

  it.each([
    'score < 40 || arr > 1000',
    'score < 40 ? true : false',
    '(score < 40)',
    'score < arr',
    'unknown_field < 3',
    'score in [1, 2',
    'name == "open',
    'score contains 3',
    'segment < "ent"',
    'score < 40 &&',
  ])('leaves "%s" as text', (text) => {
    expect(fromCel(text, fields)).toBeUndefined();
  });

  it('says a row in words', () => {
    const words = written.flatMap(([clauses]) => clauses).map((c) => clauseInWords(c, fields));
    expect(words).toContain('Score below 40');
    expect(words).toContain('Score has no value');
    expect(words).toContain('Segment is one of Enterprise, Small business');
    expect(words).toContain('Days to renewal at most 90 days');
    expect(words).toContain('Pilot');
    expect(words).toContain('Not churned');
  });
});
