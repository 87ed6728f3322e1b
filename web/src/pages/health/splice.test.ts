import { describe, expect, it } from 'vitest';
import type { Scorecard } from '../../api/shapes';
import { findItem, findScorecard, metricText, scorecardYaml, spliceMetric, spliceScorecard } from './splice';

const model = `kept: 1

metrics:
  - name: logins
    kind: count

scorecards:
  - key: digital
    title: Digital
    groups: []
  - key: default
    title: Default
    groups:
      - key: use
        measures:
          - key: a

segments:
  - key: default
    title: not a scorecard
`;

const card: Scorecard = {
  key: 'default',
  title: 'Default: ours',
  min_coverage: 0.5,
  bands: [{ key: 'red', min: 0, color: 'red' }],
  groups: [{ key: 'use', weight: 10, measures: [{ key: 'a', metric: 'logins', weight: 1, points: [{ x: 0, score: 0 }, { x: 5.5, score: 100 }] }] }],
  exceptions: [{ key: 'no', when: "band.a == 'red'", cap: 49 }],
};

describe('spliceScorecard', () => {
  it('finds the item of the scorecards and nothing of that key elsewhere', () => {
    const lines = model.split('\n');
    const [from, to] = findScorecard(lines, 'default')!;
    expect(lines[from]).toBe('  - key: default');
    expect(lines[to - 1]).toBe('          - key: a');
    expect(findScorecard(lines, 'missing')).toBeUndefined();
    expect(findScorecard(['metrics:'], 'default')).toBeUndefined();
  });

  it('changes that item and leaves every other line as it is', () => {
    const out = spliceScorecard(model, card);
    expect(out).toContain('  - key: default\n    title: "Default: ours"');
    expect(out.startsWith(model.slice(0, model.indexOf('  - key: default')))).toBe(true);
    expect(out.endsWith(model.slice(model.indexOf('\nsegments:')))).toBe(true);
  });

  it('writes points on one line and quotes what YAML would read otherwise', () => {
    const lines = scorecardYaml(card);
    expect(lines).toContain('              - {x: 5.5, score: 100}');
    expect(lines).toContain(`        when: "band.a == 'red'"`);
    // "no" would be false to a YAML 1.1 reader.
    expect(lines).toContain('      - key: "no"');
  });
});

describe('metrics in the text of a model', () => {
  const text = `kept: 1

metrics:
  # how much they come
  - name: logins
    kind: count
    events: [login]

  # whether they still do
  - kind: recency
    name: since
    events:
      - login
`;

  it('are read without their indentation, whatever key comes first', () => {
    expect(metricText(text, 'logins')).toBe('name: logins\nkind: count\nevents: [login]');
    expect(metricText(text, 'since')).toBe('kind: recency\nname: since\nevents:\n  - login');
    expect(metricText(text, 'login')).toBeUndefined();
    expect(findItem(text.split('\n'), 'metrics', 'name', 'login.')).toBeUndefined();
  });

  it('are written back, and the comments of others stay', () => {
    expect(spliceMetric(text, 'logins', metricText(text, 'logins')!)).toBe(text);
    expect(spliceMetric(text, 'since', metricText(text, 'since')!)).toBe(text);
    const longer = spliceMetric(text, 'logins', 'name: logins\nkind: count\nevents: [login]\nwindow: 7d\n');
    expect(longer).toContain('    events: [login]\n    window: 7d\n\n  # whether they still do\n');
  });

  it('are added where there is none of the name', () => {
    expect(metricText(spliceMetric(text, 'fresh', 'name: fresh\nkind: tenure'), 'fresh')).toBe('name: fresh\nkind: tenure');
    expect(spliceMetric('kept: 1\n', 'fresh', 'name: fresh')).toBe('kept: 1\n\nmetrics:\n  - name: fresh\n');
  });
});
