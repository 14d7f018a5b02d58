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

/** Timeout of a start and of a shutdown, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** The gateway in a child process, started as `npm start` does in production. `await using` ends it. */
export interface RunningGateway extends AsyncDisposable {
  readonly origin: string;
  readonly pid: number;
  /** Its output: one JSON line per request. */
  readonly logFile: string;
  /** Why it ended; undefined while it runs. */
  ended(): string | undefined;
  /** Shuts it down. Returns its exit code; undefined if it had to be killed. */
  stop(): Promise<number | undefined>;
}

/**
 * Starts the gateway with an emulator as its upstream. @param keys API keys by client name @throws Error if it ends before it
 * listens
 */
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
  let lastOutput = '';
  child.stdout.pipe(log);
  child.stderr.on('data', (text) => {
    lastOutput = `${lastOutput}${text}`.slice(-4000);
  });
  const closed = once(child, 'close').then(([code, signal]) => {
    ended = `exit code ${code ?? signal}: ${lastOutput.trim()}`;
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
      () => reject(new Error(`the gateway did not listen within ${TIMEOUT_MS} ms`)),
      TIMEOUT_MS,
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
      const timer = setTimeout(kill, TIMEOUT_MS);
      const code = await closed;
      clearTimeout(timer);
      return code ?? undefined;
    },
    async [Symbol.asyncDispose]() {
      kill();
      await closed;
    },
  };
}
