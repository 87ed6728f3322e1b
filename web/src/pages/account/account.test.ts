import { describe, expect, it } from 'vitest';
import type { AccountUsage, Contact } from '../../api/shapes';
import { attributeText, editOf, parseAttribute } from './attribute';
import { strongest } from './HowAreThey';
import { moveOf } from './MetricsTable';
import { missingRoles } from './roles';
import { revisionWords } from './Subscriptions';
import { lasting } from './Tickets';
import { byProduct, seatWords, trendWords } from './usage';
import { withEntry } from './useAddActivity';

const point = (at: string, count: number) => ({ at, count, sum: 0 });

describe('usage in words', () => {
  it('adds up product lines, the largest first', () => {
    const usage = { series: [{ name: 'a', product: 'x', points: [point('1', 1), point('2', 2)] }, { name: 'b', product: 'y', points: [point('1', 9), point('2', 9)] }, { name: 'c', product: 'x', points: [point('1', 4), point('2', 0)] }] } as AccountUsage;
    expect(byProduct(usage)).toEqual({ days: ['1', '2'], lines: [{ name: 'y', values: [9, 9] }, { name: 'x', values: [5, 2] }] });
  });

  it('says a rise, a fall, steadiness and an end', () => {
    expect(trendWords([10, 10, 10, 10, 15, 15, 15, 15])).toBe('Use rose by 50% in 4 weeks');
    expect(trendWords([10, 10, 10, 10, 5, 5, 5, 5])).toBe('Use fell by 50% in 4 weeks');
    expect(trendWords([10, 10, 10, 10, 10, 10, 10, 10.2])).toBe('Use is steady');
    expect(trendWords([10, 10, 10, 10, 0, 0, 0, 0])).toBe('Use stopped in the last 4 weeks');
    expect(trendWords([0, 0])).toBe('No use in this time');
  });

  it('never divides by seats that are not sold', () => {
    expect(seatWords({ seats: [{ at: '1', value: null }], active_users: [{ at: '1', value: 3 }] })).toContain('no seats are sold');
    expect(seatWords({ seats: [{ at: '1', value: 80 }], active_users: [{ at: '1', value: 60 }] })).toContain('60 of 80');
  });
});

describe('records', () => {
  it('misses the roles that nobody who is still there holds', () => {
    const c = (role: string, left_at?: string) => ({ role, left_at }) as Contact;
    expect(missingRoles([c('champion', '2026-01-01'), c('sponsor')]).map((m) => m.role)).toEqual(['champion']);
  });

  it('reads attributes by their type', () => {
    expect(parseAttribute('1,250', 'number').value).toBe(1250);
    expect(parseAttribute('a lot', 'number').error).toBeTruthy();
    expect(parseAttribute('No', 'bool').value).toBe(false);
    expect(parseAttribute('2026-02-30x', 'date').error).toBeTruthy();
    expect(attributeText({ type: 'bool', value: false })).toBe('no');
    expect(editOf('manual.csm_sentiment')).toBe('sentiment');
    expect(editOf('program.academy')).toBe('none');
  });

  it('says what a revision changed, and how long a ticket took', () => {
    const r = { arr: { minor: 100, currency: 'USD' }, seats: 5, auto_renew: true, trial: false, start: 's', known_at: 'k', valid_from: 'v' };
    expect(revisionWords(undefined, r)).toBe('first signed');
    expect(revisionWords(r, { ...r, arr: { minor: 50, currency: 'USD' }, seats: 3 })).toBe('ARR lowered, seats 5 to 3');
    expect(lasting('2026-01-01T00:00:00Z', '2026-01-01T00:20:00Z', 0)).toBe('20 min');
    expect(lasting('2026-01-01T00:00:00Z', undefined, Date.parse('2026-01-11T00:00:00Z'))).toBe('10 d');
  });

  it('knows good from bad by the metric, not by the sign', () => {
    expect(moveOf({ value: 5, previous: 9, higher_is_better: false })).toBe('up');
    expect(moveOf({ value: 5, previous: 9, higher_is_better: null })).toBe('flat');
  });
});

describe('a new entry', () => {
  it('stands in its place by time, and leaves the old pages alone', () => {
    const pages = { pageParams: [undefined], pages: [{ total: 1, items: [{ at: '2026-01-02T00:00:00Z', kind: 'activity' as const, title: 'old' }] }] };
    const next = withEntry(pages, { kind: 'note', subject: 'earlier', at: '2026-01-01T00:00:00Z' }, 'now')!;
    expect(next.pages[0]!.items.map((i) => i.title)).toEqual(['old', 'earlier']);
    expect(next.pages[0]!.total).toBe(2);
    expect(pages.pages[0]!.items).toHaveLength(1);
  });
});

describe('strengths and weaknesses', () => {
  it('do not praise what costs the most', () => {
    const part = (measure: string, points: number, loss: number) => ({ measure, points, loss, score: 50, effective: 0.2 }) as never;
    const { up, down } = strongest([part('a', 20, 0), part('b', 15, 15), part('c', 1, 9)]);
    expect(down.map((c) => c.measure)).toEqual(['b', 'c']);
    expect(up.map((c) => c.measure)).toEqual(['a']);
  });
});
