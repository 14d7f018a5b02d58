import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { startArguments } from '../../../tools/bench/peers/gateway.ts';
import { endWithUs } from '../../../tools/bench/processes.ts';
import { until } from '../until.ts';
import type { Hello } from './emulator-child.ts';

const root = join(import.meta.dirname, '../../..');

/** A gateway started as by `npm start`. `await using` stops it. */
export interface Replica extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly origin: string;
  /** Messages of its log, in order. */
  readonly log: readonly string[];
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Starts a gateway on an emulator, and waits until it listens and is connected to Redis, if configured. */
export async function startReplica(
  { endpoint, accessKeyId, accessKeySecret }: Hello,
  env: Readonly<Record<string, string>>,
): Promise<Replica> {
  const child = spawn(process.execPath, startArguments(), {
    cwd: root,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: '/nonexistent',
      PORT: '0',
      IMS_UPSTREAM: 'alibaba',
      IMS_ENDPOINT: endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const end = endWithUs(child);
  const closed = once(child, 'close');
  const log: string[] = [];
  let origin: string | undefined;
  let rest = '';
  child.stdout.on('data', (chunk) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { msg, url } = JSON.parse(line);
      log.push(msg);
      if (url !== undefined) origin = new URL(url).origin;
    }
  });
  await until('a replica', () => origin !== undefined);
  if (env.REDIS_URL !== undefined) await until('Redis', () => log.includes('Redis is up'));
  const kill = async () => {
    end();
    await closed;
  };
  return { child, origin: String(origin), log, kill, [Symbol.asyncDispose]: kill };
}
