import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { startNginx } from '../nginx.ts';
import { FULL } from '../runs.ts';
import { type GatewayProcess, runGateway } from './gateway-process.ts';

/** The documented configuration on free ports, without TLS, because there is no certificate here. */
function documentedConfiguration(ports: readonly [number, number]): string {
  const text = readFileSync(join(import.meta.dirname, '../../deploy/nginx/gateway.conf'), 'utf8');
  return text
    .replace('127.0.0.1:4001', `127.0.0.1:${ports[0]}`)
    .replace('127.0.0.1:4002', `127.0.0.1:${ports[1]}`)
    .replace('listen 443 ssl;', 'listen 127.0.0.1:{port};')
    .replace(/ +ssl_certificate.*\n/g, '');
}

const QUERIES = [
  '{ customizedVoiceJobs(first: 2) { nodes { jobId status } } }',
  '{ customizedVoiceJobs(last: 3) { totalCount nodes { jobId } } }',
  '{ customizedVoiceJobs(first: 1, type: STANDARD) { totalCount } }',
];

/** Number of concurrent requests: one per connection. */
const CLIENTS = 16;

/** Number of requests that must succeed after each step of a roll-out, before the next one. */
const REQUESTS_PER_STEP = FULL ? 400 : 100;

/** Constant load of two POSTs and a GET in turn, with the clients' current key. */
class Load {
  key: string;
  answered = 0;
  readonly failures: string[] = [];
  readonly #origin: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  #isOver = false;
  readonly #clients: Promise<void>[];

  constructor(origin: string, key: string) {
    this.#origin = origin;
    this.key = key;
    this.#clients = Array.from({ length: CLIENTS }, (_, index) => this.#client(index));
  }

  /** Waits for the given number of further responses. */
  async goesOn(): Promise<void> {
    const from = this.answered;
    await expect.poll(() => this.answered - from, { timeout: 60_000 }).toBeGreaterThan(REQUESTS_PER_STEP);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #client(index: number): Promise<void> {
    for (let turn = index; !this.#isOver; turn++) {
      const failure = await this.#ask(turn).catch((error) => String(error.code ?? error));
      this.answered++;
      if (failure !== undefined) this.failures.push(failure);
    }
  }

  async #ask(turn: number): Promise<string | undefined> {
    const query = QUERIES[turn % QUERIES.length] ?? '';
    const isPost = turn % 3 !== 0;
    const path = isPost ? '/graphql' : `/graphql?query=${encodeURIComponent(query)}`;
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(turn % 2 === 0 ? { 'x-api-key': this.key } : { authorization: `Bearer ${this.key}` }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(this.#origin + path, {
        agent: this.#agent,
        method: isPost ? 'POST' : 'GET',
        headers,
      });
      sent.on('error', reject);
      sent.on('response', async (response) => {
        const text = String(await buffer(response).catch((error) => error));
        const isRight = response.statusCode === 200 && /^\{"data":\{"customizedVoiceJobs":\{/.test(text);
        resolve(
          isRight ? undefined : `${isPost ? 'POST' : 'GET'} ${response.statusCode} ${text.slice(0, 200)}`,
        );
      });
      sent.end(isPost ? JSON.stringify({ query }) : undefined);
    });
  }
}

test('rotating an API key on two replicas behind nginx, one after the other under load, loses no request (needs nginx)', async () => {
  const [oldKey, newKey] = [randomBytes(24), randomBytes(24)].map((bytes) => bytes.toString('base64url'));
  const ports = [await freePort(), await freePort()] as const;
  const replicas: GatewayProcess[] = [];

  const start = async (index: 0 | 1, AUTH_API_KEYS: string) => {
    const replica = runGateway({ PORT: String(ports[index]), AUTH_API_KEYS, LOG_LEVEL: 'info' });
    replicas[index] = replica;
    const origin = await replica.origin;
    await expect.poll(async () => (await fetch(`${origin}/ready`)).status, { timeout: 30_000 }).toBe(200);
  };
  const rollOut = async (AUTH_API_KEYS: string, load: Load) => {
    for (const index of [0, 1] as const) {
      const replica = replicas[index];
      replica?.child.kill('SIGTERM');
      expect(await replica?.ended).toBe(0);
      await load.goesOn();
      await start(index, AUTH_API_KEYS);
      await load.goesOn();
    }
  };

  try {
    await Promise.all([start(0, `web:${oldKey}`), start(1, `web:${oldKey}`)]);
    await using nginx = await startNginx(documentedConfiguration(ports));
    const load = new Load(nginx.origin, oldKey ?? '');
    await load.goesOn();
    await rollOut(`web:${newKey},web:${oldKey}`, load);
    load.key = newKey ?? '';
    await load.goesOn();
    await rollOut(`web:${newKey}`, load);
    await load.end();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(10 * REQUESTS_PER_STEP);
    const withOldKey = await fetch(`${nginx.origin}/graphql?query={__typename}`, {
      headers: { 'x-api-key': oldKey ?? '' },
    });
    expect(withOldKey.status).toBe(401);
    expect((await fetch(`${nginx.origin}/metrics`)).status).toBe(404);
  } finally {
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
  }
}, 180_000);
