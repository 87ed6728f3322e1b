import { describe, expect, it } from 'vitest';
import type { Scorecard } from '../../api/shapes';
import { findScorecard, scorecardYaml, spliceScorecard } from './splice';

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
