// Photographs every page of the web app into docs/img: a sample company with a
// fixed seed, light and dark at 1440×900, some pages at 390×844.
//
//   node web/scripts/screenshots.mjs [NAME…]     only the named pictures
//
// KEPT_BIN names the binary, KEPT_CHROMIUM the browser. With KEPT_SHOTS_URL,
// KEPT_SHOTS_EMAIL and KEPT_SHOTS_PASSWORD it photographs a server that runs
// already (and writes an import into it).
import { chromium, request } from '@playwright/test';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(here, '../../docs/img');
const only = process.argv.slice(2);
const EMAIL = 'demo@kept.example';
const PASSWORD = 'a password for pictures';
const CSRF = { 'X-Kept-CSRF': '1' };
const MAX_BYTES = 250 * 1024;
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

/** A server of our own, or the one that the environment names. */
async function startServer() {
  if (process.env.KEPT_SHOTS_URL) {
    return { url: process.env.KEPT_SHOTS_URL, email: process.env.KEPT_SHOTS_EMAIL, password: process.env.KEPT_SHOTS_PASSWORD, stop: async () => {} };
  }
  const bin = resolve(process.env.KEPT_BIN ?? join(here, '../../bin/kept'));
  if (!existsSync(bin)) throw new Error(`${bin} does not exist: run "make build", or name the binary in KEPT_BIN`);
  const dir = mkdtempSync(join(tmpdir(), 'kept-shots-'));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(bin, ['demo', '--addr', address, '--data', dir, '--seed', '1', '--log-level', 'warn'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, KEPT_DEMO_PASSWORD: PASSWORD },
  });
  const ended = new Promise((done) => child.once('exit', done));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  const url = `http://${address}`;
  for (let tries = 0; tries < 720; tries++) {
    if (child.exitCode !== null) throw new Error(`kept demo ended with code ${child.exitCode}`);
    if (await fetch(`${url}/readyz`).then((r) => r.ok, () => false)) return { url, email: EMAIL, password: PASSWORD, stop };
    await new Promise((next) => setTimeout(next, 250));
  }
  await stop();
  throw new Error('kept demo was not ready after 3 minutes');
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Finds what the pictures show: an account in trouble that is worth saving, a scorecard, an import. */
async function subjects(api) {
  const get = async (path) => {
    const answer = await api.get(`/api/v1${path}`);
    if (!answer.ok()) throw new Error(`GET ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  const filter = encodeURIComponent('arr > 60000 && score > 40 && score < 75 && coverage > 0.9 && stage != "churned" && nps >= 0');
  let found = await get(`/accounts?limit=1&sort=delta_30&filter=${filter}`);
  if (found.items.length === 0) found = await get('/accounts?limit=1&sort=-arr');
  // Something to see under tokens, keys and audit.
  await api.post('/api/v1/tokens', { headers: CSRF, data: { name: 'nightly export', role: 'viewer' } });
  await api.post('/api/v1/write-keys', { headers: CSRF, data: { name: 'website' } });
  await rateMaturity(api, await get('/maturity'));
  const all = await get('/accounts?limit=500&sort=-arr');
  const parent = all.items.find((x) => x.parent_id)?.parent_id ?? found.items[0].id;
  return { account: found.items[0].id, parent, scorecard: found.items[0].scorecard, importId: await importTickets(api, await get('/accounts?limit=60&sort=-arr')) };
}

/** One person's view of the company, so that there is a maturity to look at. */
async function rateMaturity(api, { questionnaire }) {
  const answers = {};
  for (const q of questionnaire.flatMap((d) => d.questions)) answers[q.number] = [2, 1, 0, 2, 1, 3, 1, 1, -1, 2, 2, 0, 2, 1, 1, 0, 1, 1, 3, 2][q.number - 1];
  await api.post('/api/v1/maturity/ratings', { headers: CSRF, data: { answers, notes: { 6: 'coverage is on every score', 15: 'one line in the budget' } } });
}

const MAPPING = `kept: 1
source: sample
time_zone: UTC
date_formats: [datetime]
files:
  - name: tickets
    path: tickets.csv
    rows:
      - target: ticket
        id: ticket_id
        account: account_id
        subject: subject
        priority: priority
        opened_at: opened_at
        solved_at: solved_at
`;

/** A file of tickets in which some rows are wrong, so that there is a report to look at. */
async function importTickets(api, accounts) {
  const details = await Promise.all(accounts.items.map((a) => api.get(`/api/v1/accounts/${a.id}`).then((r) => r.json())));
  const refs = details.map((d) => d.external_ids[0]?.external).filter(Boolean);
  const subjects = ['Export times out', 'Cannot invite a colleague', 'Chart shows last month', 'Single sign-on fails', 'Invoice address', 'Slow dashboard'];
  const end = Date.now() - 36e5;
  const stamp = (ms) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  const lines = ['ticket_id,account_id,subject,priority,opened_at,solved_at'];
  for (let i = 0; i < 1200; i++) {
    const opened = end - i * 5 * 36e5;
    let ref = refs[(i * 7) % refs.length];
    let at = stamp(opened);
    if (i % 211 === 13) ref = `AC-9${100 + i}`; // no such account
    if (i % 307 === 5) at = 'yesterday'; // no date
    lines.push([`T-${10_000 + i}`, ref, subjects[Math.floor(i / 7) % subjects.length], ['low', 'normal', 'high'][i % 3], at, i % 9 || i > 100 ? stamp(Math.min(opened + (1 + (i % 30)) * 36e5, end)) : ''].join(','));
  }
  const answer = await api.post('/api/v1/imports', {
    headers: CSRF,
    multipart: { mapping: MAPPING, file: { name: 'tickets.csv', mimeType: 'text/csv', buffer: Buffer.from(`${lines.join('\n')}\n`) } },
  });
  if (!answer.ok()) {
    console.error(`the import was refused, its page is left out: ${answer.status()} ${await answer.text()}`);
    return undefined;
  }
  let row = await answer.json();
  while (row.state === 'queued' || row.state === 'running') {
    await new Promise((next) => setTimeout(next, 300));
    row = await (await api.get(`/api/v1/imports/${row.id}`)).json();
  }
  if (row.state !== 'done') console.error(`the import ended as ${row.state}: ${row.error ?? ''}`);
  return row.id;
}

const daysAgo = (n) => new Date(Date.now() - n * 864e5).toISOString().slice(0, 10);

/** The pictures, in the order of docs/screens.md. */
function pictures({ account, parent, scorecard, importId }) {
  const a = `/accounts/${account}`;
  const card = `/health/scorecards/${scorecard}`;
  return [
    { name: 'sign-in', path: '/sign-in', stranger: true },
    { name: 'home', path: '/?owner=all', narrow: true },
    { name: 'accounts', path: '/accounts', narrow: true },
    { name: 'accounts-filter', path: `/accounts?sort=score&filter=${encodeURIComponent('score < 60 && arr > 20000')}` },
    { name: 'grid', path: '/accounts/grid' },
    { name: 'peek', path: `/accounts?peek=${account}` },
    { name: 'account', path: a, narrow: true },
    { name: 'account-health', path: `${a}/health`, narrow: true },
    { name: 'account-hierarchy', path: `/accounts/${parent}/hierarchy` },
    { name: 'compare', path: `/health/compare?compare_to=${daysAgo(90)}`, narrow: true },
    { name: 'compare-flow', path: `/health/compare?compare_to=${daysAgo(90)}&view=flow&count=arr&move=worse` },
    { name: 'distribution', path: `/health/distribution?by=segment&compare_to=${daysAgo(90)}` },
    { name: 'explain', path: `${a}/health`, then: (page) => page.getByRole('button', { name: /Explain$/ }).first().click() },
    { name: 'account-usage', path: `${a}/usage` },
    { name: 'account-subscriptions', path: `${a}/subscriptions` },
    { name: 'account-people', path: `${a}/people` },
    { name: 'account-tickets', path: `${a}/tickets` },
    { name: 'account-timeline', path: `${a}/timeline` },
    { name: 'account-attributes', path: `${a}/attributes` },
    { name: 'account-past', path: `${a}?as_of=${monthsAgo(6)}` },
    { name: 'health', path: '/health' },
    { name: 'health-editor', path: card, then: changeWeight, narrow: true },
    { name: 'health-works', path: `${card}/works`, narrow: true },
    { name: 'health-churn', path: '/health/churn', then: forecastThere, narrow: true },
    { name: 'health-survival', path: '/health/survival', narrow: true },
    { name: 'health-learned', path: `${card}/learned`, narrow: true },
    { name: 'health-drivers', path: '/health/drivers', narrow: true },
    { name: 'health-yaml', path: `${card}?tab=yaml` },
    { name: 'health-metrics', path: '/health/metrics' },
    { name: 'health-metric', path: '/health/metrics/logins_28d', narrow: true },
    { name: 'health-metric-try', path: '/health/metrics/logins_28d?edit=true' },
    { name: 'health-versions', path: '/health/versions' },
    { name: 'revenue', path: '/revenue', narrow: true },
    { name: 'operate-maturity', path: '/operate/maturity', narrow: true },
    { name: 'operate-maturity-rate', path: '/operate/maturity?rate=true' },
    { name: 'data-sources', path: '/data' },
    { name: 'data-imports', path: '/data/imports' },
    { name: 'data-import-new', path: '/data/imports/new' },
    ...(importId ? [{ name: 'data-import', path: `/data/imports/${importId}` }] : []),
    { name: 'data-events', path: '/data/events' },
    { name: 'data-model', path: '/data/model' },
    { name: 'data-users', path: '/data/users' },
    { name: 'data-keys', path: '/data/keys' },
    { name: 'data-audit', path: '/data/audit' },
    { name: 'palette', path: '/?owner=all', then: openPalette },
  ];
}

function monthsAgo(n) {
  const d = new Date();
  d.setUTCMonth(d.getUTCMonth() - n);
  return d.toISOString().slice(0, 10);
}

/** The editor is about what a change would do: give the first group more weight and wait for the preview. */
async function changeWeight(page) {
  const weight = page.getByRole('textbox', { name: /^Weight of / }).first();
  await weight.fill('45');
  await weight.blur();
  await page.waitForTimeout(1500);
}

/** A forecast is calculated in the background: wait until nothing is any more. */
async function forecastThere(page) {
  for (let tries = 0; tries < 60 && (await page.getByText(/being calculated/i).count()) > 0; tries++) await page.waitForTimeout(500);
}

async function openPalette(page) {
  await page.keyboard.press('Control+k');
  await page.keyboard.type('ald', { delay: 40 });
  await page.waitForTimeout(800);
}

/** Waits until nothing is loading any more and nothing moves. */
async function settled(page) {
  await page.waitForLoadState('networkidle', { timeout: 20_000 }).catch(() => {});
  await page
    .waitForFunction(() => !document.querySelector('[aria-busy="true"], .mantine-Skeleton-root, .mantine-Loader-root'), undefined, { timeout: 15_000 })
    .catch(() => console.error(`  ${page.url()} still shows that it loads`));
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(700);
}

async function take(context, shot, theme, suffix, failures) {
  const page = await context.newPage();
  page.on('pageerror', (error) => failures.push(`${shot.name}-${suffix}: ${error.message}`));
  page.on('response', (r) => r.status() >= 400 && !(shot.stranger && r.status() === 401) && failures.push(`${shot.name}-${suffix}: ${r.status()} ${r.url()}`));
  try {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.goto(shot.path);
    await settled(page);
    if (shot.then) {
      await shot.then(page);
      await settled(page);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) failures.push(`${shot.name}-${suffix}: the page scrolls sideways by ${wide} px`);
    const file = join(out, `${shot.name}-${suffix}.png`);
    await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
    const bytes = statSync(file).size;
    if (bytes > MAX_BYTES) failures.push(`${shot.name}-${suffix}: ${Math.round(bytes / 1024)} KB, more than ${MAX_BYTES / 1024}`);
  } catch (error) {
    failures.push(`${shot.name}-${suffix}: ${error.message.split('\n')[0]}`);
  } finally {
    await page.close();
  }
}

const server = await startServer();
const failures = [];
let browser;
try {
  mkdirSync(out, { recursive: true });
  const api = await request.newContext({ baseURL: server.url });
  const signedIn = await api.post('/api/v1/session', { data: { email: server.email, password: server.password } });
  if (!signedIn.ok()) throw new Error(`signing in was refused: ${signedIn.status()} ${await signedIn.text()}`);
  const all = pictures(await subjects(api));
  const storageState = await api.storageState();
  await api.dispose();
  browser = await chromium.launch({
    executablePath: process.env.KEPT_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars'],
  });
  const base = { baseURL: server.url, locale: 'en-US', timezoneId: 'UTC' };
  const contexts = {
    wide: await browser.newContext({ ...base, viewport: WIDE, storageState }),
    narrow: await browser.newContext({ ...base, viewport: NARROW, storageState }),
    stranger: await browser.newContext({ ...base, viewport: WIDE }),
  };
  for (const shot of all) {
    if (only.length && !only.includes(shot.name)) continue;
    console.error(shot.name);
    const context = shot.stranger ? contexts.stranger : contexts.wide;
    await take(context, shot, 'light', 'light', failures);
    await take(context, shot, 'dark', 'dark', failures);
    if (shot.narrow) await take(contexts.narrow, shot, 'light', 'narrow', failures);
  }
} finally {
  await browser?.close();
  await server.stop();
}
if (failures.length) {
  console.error(`\n${failures.length} remarks:\n${failures.join('\n')}`);
  process.exitCode = 1;
}
