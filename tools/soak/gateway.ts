import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Emulator } from '../../emulator/emulator.ts';
import { startArguments } from '../bench/peers/gateway.ts';
import { endWithUs } from '../bench/processes.ts';
import { SETTINGS } from './settings.ts';

const ROOT = join(import.meta.dirname, '../..');

/** How long a start, or an end, may take, in milliseconds. */
const PATIENCE_MS = 30_000;

/** The gateway as a process of its own, as `npm start` runs it in production. `await using` ends it. */
export interface RunningGateway extends AsyncDisposable {
  readonly origin: string;
  readonly pid: number;
  /** What it wrote, one JSON line for each request. */
  readonly logFile: string;
  /** Says why it ended; undefined while it runs. */
  ended(): string | undefined;
  /** Asks it to end and returns its exit code; undefined when a signal had to end it. */
  stop(): Promise<number | undefined>;
}

/** Starts the gateway before an emulator. @param keys of its clients, by name @throws Error when it ends before it listens */
export async function startSoakedGateway(
  { endpoint, accessKeyId, accessKeySecret }: Emulator,
  keys: ReadonlyMap<string, string>,
): Promise<RunningGateway> {
  const logFile = join(await mkdtemp(join(tmpdir(), 'soak-')), 'gateway.log');
  const child = spawn(process.execPath, startArguments(), {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      NODE_ENV: 'production',
      PORT: '0',
      IMS_ENDPOINT: endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
      IMS_DEADLINE_MS: String(SETTINGS.deadlineMs),
      IMS_MAX_REQUESTS_PER_SECOND: String(SETTINGS.requestsPerSecond),
      CACHE_TTL_MS: String(SETTINGS.ttlMs),
      CACHE_STALE_IF_ERROR_MS: String(SETTINGS.staleIfErrorMs),
      LIMIT_REQUESTS_PER_MINUTE: String(SETTINGS.requestsPerMinute),
      LIMIT_BODY_BYTES: String(SETTINGS.bodyBytes),
      AUTH_API_KEYS: [...keys].map(([name, key]) => `${name}:${key}`).join(','),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = endWithUs(child);
  const log = createWriteStream(logFile);
  let ended: string | undefined;
  let lastWords = '';
  child.stdout.pipe(log);
  child.stderr.on('data', (text) => {
    lastWords = `${lastWords}${text}`.slice(-4000);
  });
  const closed = once(child, 'close').then(([code, signal]) => {
    ended = `exit code ${code ?? signal}: ${lastWords.trim()}`;
    return code as number | null;
  });
  const origin = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', function read(chunk) {
      text += chunk;
      const url = /"url":"([^"]+)\/graphql"/.exec(text)?.[1];
      if (url === undefined) return;
      child.stdout.off('data', read);
      resolve(url);
    });
    setTimeout(
      () => reject(new Error(`the gateway did not listen within ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    ).unref();
    void closed.then(() => reject(new Error(`the gateway ended before it listened: ${ended}`)));
  });
  return {
    origin,
    pid: child.pid ?? 0,
    logFile,
    ended: () => ended,
    async stop() {
      child.kill('SIGTERM');
      const giveUp = setTimeout(kill, PATIENCE_MS);
      const code = await closed;
      clearTimeout(giveUp);
      return code ?? undefined;
    },
    async [Symbol.asyncDispose]() {
      kill();
      await closed;
    },
  };
}
