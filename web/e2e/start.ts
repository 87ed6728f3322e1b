// Starts the binary with a small company, signs in, and says where it is.
import { request } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { STATE } from './test';

const READY_MS = 120_000;

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? done(address.port) : failed(new Error('no port'))));
    });
  });
}

/** Waits until the server answers that it is ready, or says what it printed when it did not. */
async function ready(url: string, child: ChildProcess, output: () => string) {
  const until = Date.now() + READY_MS;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`kept demo ended with code ${child.exitCode}:\n${output()}`);
    const ok = await fetch(`${url}/readyz`).then((r) => r.ok, () => false);
    if (ok) return;
    await new Promise((next) => setTimeout(next, 250));
  }
  throw new Error(`kept demo was not ready after ${READY_MS / 1000} s:\n${output()}`);
}

/** What the demo prints about signing in: an e-mail address and a password. */
export function credentials(output: string): { email: string; password: string } | undefined {
  const email = /([\w.+-]+@[\w.-]+\w)/.exec(output)?.[1];
  const password = /password[:\s]+(\S+)/i.exec(output)?.[1];
  return email && password ? { email, password } : undefined;
}

export default async function start() {
  let stop = async () => {};
  let url = process.env.KEPT_E2E_URL ?? '';
  let who = { email: process.env.KEPT_E2E_EMAIL ?? '', password: process.env.KEPT_E2E_PASSWORD ?? '' };
  if (!url) {
    const bin = resolve(process.env.KEPT_BIN ?? '../bin/kept');
    if (!existsSync(bin)) throw new Error(`${bin} does not exist: run "make build", or name the binary in KEPT_BIN`);
    const dir = mkdtempSync(join(tmpdir(), 'kept-e2e-'));
    const address = `127.0.0.1:${await freePort()}`;
    url = `http://${address}`;
    const child = spawn(bin, ['demo', '--addr', address, '--data', dir, '--accounts', '60', '--months', '12'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    stop = async () => {
      const ended = new Promise((done) => child.once('exit', done));
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(dir, { recursive: true, force: true });
    };
    try {
      await ready(url, child, () => output);
      const printed = credentials(output);
      if (!printed) throw new Error(`kept demo does not say how to sign in:\n${output}`);
      who = printed;
    } catch (error) {
      await stop();
      throw error;
    }
  }
  process.env.KEPT_E2E_BASE = url;
  process.env.KEPT_E2E_EMAIL = who.email;
  process.env.KEPT_E2E_PASSWORD = who.password;
  const api = await request.newContext({ baseURL: url });
  const answer = await api.post('/api/v1/session', { data: who, headers: { 'X-Kept-CSRF': '1' } });
  if (!answer.ok()) {
    await stop();
    throw new Error(`signing in as ${who.email} was refused: ${answer.status()} ${await answer.text()}`);
  }
  await api.storageState({ path: STATE });
  await api.dispose();
  return stop;
}
