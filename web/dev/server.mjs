// See README.md. Never part of the bundle.
import { createServer } from 'node:http';
import { BANDS, MEASURES, bandOf, makeAccounts, owners, segments } from './data.mjs';

const flag = (name, fallback) => {
  const i = process.argv.indexOf(`--${name}`);
  return i < 0 ? fallback : process.argv[i + 1];
};
const port = Number(flag('port', 8099));
const now = Date.now();
const DAY = 86_400_000;
const accounts = makeAccounts(Number(flag('accounts', 400)), now);
const delay = Number(flag('delay', 0));
const fail = flag('fail', '');
const views = [{ id: 'viw_1', name: 'Enterprise renewals', page: 'accounts', scope: 'team', definition: { filter: 'segment == "enterprise" && days_to_renewal <= 90', sort: 'renewal_at', columns: ['band', 'arr', 'renewal', 'owner'] } }];
const user = { id: 'usr_1', email: 'mina@kept.example', name: 'Mina Okafor', role: 'admin', department: 'Customer Success' };

const field = (a, key) => ({ score: a.score, arr: a.arr.minor / 100, band: a.band?.key ?? null, segment: a.segment.key, owner: a.owner?.id ?? null, stage: a.stage, name: a.name, coverage: a.coverage, delta_30: a.delta_30, days_to_renewal: a.days_to_renewal })[key];

// Enough of CEL for the filter bar: it is a fixture, so JavaScript evaluates it.
function condition(text) {
  const names = ['score', 'arr', 'band', 'segment', 'owner', 'stage', 'name', 'coverage', 'delta_30', 'days_to_renewal'];
  const js = text
    .replace(/!known\((\w+)\)/g, '($1 == null)').replace(/known\((\w+)\)/g, '($1 != null)')
    .replace(/(\w+) in \[([^\]]*)\]/g, '[$2].includes($1)').replace(/(\w+)\.contains\(/g, '($1 ?? "").includes(')
    .replace(/(\w+) (<=|>=|<|>) (-?[\d.]+)/g, '($1 != null && $1 $2 $3)');
  const fn = new Function(...names, `return !!(${js});`);
  return (a) => fn(...names.map((n) => field(a, n)));
}

function select(q) {
  let list = accounts;
  const owner = q.get('owner') === 'me' ? user.id : q.get('owner');
  if (owner && owner !== 'all') list = list.filter((a) => a.owner?.id === owner);
  if (q.get('band')) list = list.filter((a) => q.get('band').split(',').includes(a.band?.key ?? 'none'));
  if (q.get('q')) list = list.filter((a) => a.name.toLowerCase().includes(q.get('q').toLowerCase()));
  if (q.get('filter')) list = list.filter(condition(q.get('filter')));
  for (const key of (q.get('sort') ?? '').split(',').filter(Boolean).reverse()) {
    const desc = key.startsWith('-');
    const name = key.replace('-', '').replace('renewal_at', 'days_to_renewal');
    const value = (a) => (name === 'owner' ? a.owner?.name : name === 'segment' ? a.segment.title : field(a, name));
    list = [...list].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x == null || y == null) return (x == null) - (y == null);
      return (x < y ? -1 : x > y ? 1 : 0) * (desc ? -1 : 1);
    });
  }
  return list;
}

const stamp = (q) => ({ as_of: q.get('as_of') ? `${q.get('as_of')}T00:00:00Z` : new Date(now).toISOString(), model_version: 3 });
const row = ({ cells, ...a }) => a;
const fresh = { newest_event_at: new Date(now - 240_000).toISOString(), events: 2_431_008, accounts: accounts.length, last_evaluation_at: new Date(now - 900_000).toISOString(), slowest_source: 'zendesk', late: process.argv.includes('--late'), model_version: 3 };

function page(list, q, of) {
  const limit = Number(q.get('limit') ?? 50);
  const from = Number(q.get('cursor') ?? 0);
  const items = list.slice(from, from + limit).map(of);
  return { items, total: list.length, ...(from + limit < list.length ? { next_cursor: String(from + limit) } : {}) };
}

function facets(list) {
  const out = { band: {}, segment: {}, arr_by_band: {}, currency: 'USD' };
  for (const a of list) {
    const b = a.band?.key ?? 'none';
    out.band[b] = (out.band[b] ?? 0) + 1;
    out.segment[a.segment.key] = (out.segment[a.segment.key] ?? 0) + 1;
    out.arr_by_band[b] = (out.arr_by_band[b] ?? 0) + a.arr.minor;
  }
  return out;
}

function portfolio(q) {
  const list = select(q);
  const sum = (l) => ({ minor: l.reduce((s, a) => s + a.arr.minor, 0), currency: 'USD' });
  const before = (a) => bandOf(a.spark[21])?.key ?? '';
  const scored = list.filter((a) => a.score != null);
  const bands = [...BANDS.map(({ min, ...b }) => b), { key: '', title: 'No score', color: 'grey', letter: '' }].map((b) => {
    const here = list.filter((a) => (a.band?.key ?? '') === b.key);
    const there = list.filter((a) => before(a) === b.key);
    return { ...b, accounts: here.length, arr: sum(here), accounts_before: there.length, arr_before: sum(there) };
  });
  const moved = scored.filter((a) => a.delta_30 != null);
  const trend = Array.from({ length: 26 }, (_, w) => {
    const point = { as_of: new Date(now - (25 - w) * 7 * DAY).toISOString() };
    for (const a of list) {
      const k = bandOf(a.spark[w])?.key ?? 'none';
      point[k] = (point[k] ?? 0) + 1;
      point[`arr_${k}`] = (point[`arr_${k}`] ?? 0) + a.arr.minor;
    }
    return point;
  });
  const arr = sum(list);
  return {
    ...stamp(q), owner: q.get('owner') ?? 'me',
    totals: { accounts: list.length, arr, score_mean_arr_weighted: scored.length ? scored.reduce((s, a) => s + a.score * a.arr.minor, 0) / sum(scored).minor : null, delta_30: -1.8 },
    bands, trend,
    movers_up: [...moved].sort((a, b) => b.delta_30 - a.delta_30).slice(0, 8).map(row),
    movers_down: [...moved].sort((a, b) => a.delta_30 - b.delta_30).slice(0, 8).map(row),
    renewals: list.filter((a) => a.days_to_renewal >= 0 && a.days_to_renewal <= 90).sort((a, b) => a.days_to_renewal - b.days_to_renewal).slice(0, 50).map(row),
    risks: [...scored].sort((a, b) => b.arr.minor * (100 - b.score) - a.arr.minor * (100 - a.score)).slice(0, 8).map((a) => ({ account: row(a), reasons: ['Seats in use fell from 71 % to 38 % in 30 days', a.days_to_renewal < 90 ? `Renews in ${a.days_to_renewal} days` : '3 tickets are open, the oldest for 41 days'] })),
    activity: { meetings_30: Math.round(list.length * 0.4), tickets_open: Math.round(list.length * 0.7) }, freshness: fresh,
  };
}

function health(a, q) {
  const total = MEASURES.reduce((s, m, i) => s + (a.cells[i].score == null ? 0 : m.weight), 0);
  const contributions = MEASURES.map((m, i) => {
    const c = a.cells[i];
    const effective = c.score == null ? 0 : m.weight / total;
    return { group: m.group, group_title: m.group, measure: m.key, title: m.title, metric: m.metric, metric_title: m.title, unit: m.unit, formula: `${m.metric} over 28 days`, curve: '0 at 0, 100 at 100', value: c.value, score: c.score, nominal: m.weight, effective, points: (c.score ?? 0) * effective, loss: (100 - (c.score ?? 0)) * effective, why: c.why, stale: c.stale, age_days: c.stale ? 95 : 3 };
  });
  const score = contributions.reduce((s, c) => s + c.points, 0);
  const measures = contributions.map((c, i) => ({ ...c, kind: 'moved', points: ((i * 37) % 11) - 5.3, value_before: c.value, value_after: c.value, weight: 0 }));
  const delta = measures.reduce((s, m) => s + m.points, 0);
  const s = stamp(q);
  return {
    ...s, compare_to: new Date(Date.parse(s.as_of) - 30 * DAY).toISOString(),
    scorecard: { key: 'default', title: 'Default scorecard', why: 'It is the first whose condition holds: every account.', bands: BANDS },
    result: { scorecard: 'default', why: '', score, band: bandOf(score).key, computed_score: score, computed_band: bandOf(score).key, coverage: total, contributions, adjustments: [] },
    change: { before: score - delta, after: score, delta, band_before: 'yellow', band_after: 'yellow', redistribution: 0, measures, adjustments: [] },
    sentence: `The score moved by ${delta.toFixed(1)} points in 30 days, mostly because of Seats in use.`,
    recorded: { score: score - 0.2, band: bandOf(score).key, recorded_at: s.as_of }, history: [], annotations: [],
  };
}

function answer(method, path, q) {
  if (fail && path.startsWith(fail)) return [500, { title: 'Internal error', status: 500, detail: 'The query could not be run.', instance: 'err_7K2M9' }];
  if (path === '/session' && method === 'DELETE') return [204];
  if (path === '/session') return [200, { user, permissions: ['*'], company: { name: 'Sample company' }, version: '0.1.0', setup: false }];
  if (path === '/users') return [200, { items: owners.map((o) => ({ ...o, email: `${o.id}@kept.example`, role: 'csm' })), total: owners.length }];
  if (path === '/freshness') return [200, fresh];
  if (path === '/segments') return [200, { items: segments, total: 3 }];
  if (path === '/metrics') return [200, { items: MEASURES.map((m) => ({ name: m.metric, title: m.title, kind: 'count', unit: m.unit })), total: MEASURES.length }];
  if (path === '/views') return [200, { items: views, total: views.length }];
  if (path === '/portfolio') return [200, portfolio(q)];
  if (path === '/search') return [200, { items: select(new URLSearchParams({ q: q.get('q') ?? '' })).slice(0, 8).map((a) => ({ kind: 'account', id: a.id, title: a.name, subtitle: a.domain, link: `/accounts/${a.id}` })) }];
  if (path === '/accounts') {
    const list = select(q);
    return [200, { ...stamp(q), ...page(list, q, row), facets: facets(list) }];
  }
  if (path === '/health/grid') {
    const list = select(q);
    return [200, { ...stamp(q), measures: MEASURES.map(({ key, title, group }) => ({ key, title, group })), ...page(list, q, (a) => ({ account: row(a), cells: a.cells })) }];
  }
  const one = /^\/accounts\/(acc_\w+)(\/health)?$/.exec(path);
  const a = one && accounts.find((x) => x.id === one[1]);
  if (a) return [200, one[2] ? health(a, q) : { ...stamp(q), ...row(a), contacts_count: 8, subscriptions_count: 2, tickets_open: 3, activities_count: 20, whitespace: [], relationships: [], last_activity_at: fresh.newest_event_at, newest_event_at: fresh.newest_event_at, next_actions: [], summary: 'Seats in use fell.', children: [] }];
  return [404, { title: 'Not found', status: 404, detail: `There is nothing at ${path}.`, code: 'not_found' }];
}

let signedIn = true;
createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const path = url.pathname.replace('/api/v1', '');
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    let status, out;
    if (path === '/session' && request.method === 'POST') {
      signedIn = body.includes('"kept"');
      [status, out] = signedIn ? answer('GET', path, url.searchParams) : [401, { title: 'Unauthorized', status: 401, code: 'unauthenticated' }];
    } else if (!signedIn) [status, out] = [401, { title: 'Unauthorized', status: 401, code: 'unauthenticated' }];
    else if (path === '/views' && request.method === 'POST') views.push((out = { id: `viw_${views.length + 1}`, ...JSON.parse(body) })), (status = 201);
    else {
      try {
        [status, out] = answer(request.method, path, url.searchParams);
      } catch (error) {
        [status, out] = [422, { title: 'The condition cannot be read', status: 422, detail: error.message, code: 'invalid', errors: [{ location: 'filter', message: error.message }] }];
      }
    }
    if (path === '/session' && request.method === 'DELETE') signedIn = process.argv.includes('--forgiving');
    if (request.method === 'DELETE' && path.startsWith('/views/')) views.splice(views.findIndex((v) => path.endsWith(v.id)), 1), (status = 204), (out = undefined);
    setTimeout(() => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(out === undefined ? undefined : JSON.stringify(out));
    }, delay);
  });
}).listen(port, '127.0.0.1');
