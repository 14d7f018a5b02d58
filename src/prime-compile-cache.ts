/**
 * Fills Node's compile cache (enable-compile-cache.js): starts the gateway once as `npm start` does, and sends a few
 * requests. Run by `npm ci`. The type stripper alone takes 25 MB. A failure never fails the installation.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';

const TIMEOUT_MS = 20_000;

const QUERY = '{ customizedVoiceJobs { totalCount pageInfo { endCursor } edges { node { id jobId } } } }';

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
// Strips `exec node`.
const [, , ...flags] = scripts.start.split(' ');
const gateway = spawn(process.execPath, flags, {
  cwd: new URL('..', import.meta.url),
  env: { PATH: process.env.PATH, PORT: '0', IMS_UPSTREAM: 'emulator' },
  stdio: ['ignore', 'pipe', 'ignore'],
});
gateway.on('error', () => {});
const timer = setTimeout(() => gateway.kill('SIGKILL'), TIMEOUT_MS);
gateway.on('close', () => clearTimeout(timer));

for await (const line of createInterface(gateway.stdout)) {
  const { msg, url } = JSON.parse(line);
  if (msg === 'listening') prime(url).finally(() => gateway.kill());
}

async function prime(url: string): Promise<void> {
  for (let time = 0; time < 2; time++) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }) });
    await response.text();
  }
  // Loads yoga, which the fast path does not need.
  await (await fetch(url, { method: 'POST', body: 'no query' })).text();
}
