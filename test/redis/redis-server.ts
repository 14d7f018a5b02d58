import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Redis } from 'ioredis';
import { freePort } from '../free-port.ts';
import { part } from '../parts/needs.ts';

/** How much of its output is retained for error messages, in characters. */
const KEPT_OUTPUT = 2000;

/** A redis-server of a test. `await using` stops it and removes its folder. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  /** `redis://host:port` */
  readonly url: string;
  /** A client without a deadline. */
  readonly client: Redis;
  /** SIGKILL; its data is lost. */
  kill(): Promise<void>;
  /** Restarts it on the same port, after {@link kill}. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open, commands get no reply. */
  pause(): void;
  resume(): void;
}

/**
 * Starts a server on a free port. Skips the test if Redis is not installed. @param settings as on the command line, without the
 * dashes, or lines of the configuration file
 */
export async function startRedis(...settings: string[]): Promise<RedisServer> {
  return startRedisOn(await freePort(), [], ...settings);
}

/** @param args arguments before the configuration file, such as `--sentinel` */
export async function startRedisOn(
  port: number,
  args: readonly string[],
  ...settings: string[]
): Promise<RedisServer> {
  const program = part('redis');
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const file = join(folder, 'redis.conf');
  const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...settings];
  if (!args.includes('--sentinel')) lines.push('save ""', 'appendonly no');
  await writeFile(file, lines.join('\n'));
  let child: ChildProcess;
  const client = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  client.on('error', () => {});
  const start = async () => {
    child = spawn(program, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        output = `${output}${chunk}`.slice(-KEPT_OUTPUT);
      });
    process.once('exit', killNow);
    // The client has no deadline: without this, a server that does not start would block until the test times out.
    const ended = once(child, 'close').then(
      ([code]) => Promise.reject(new Error(`redis-server ended with ${code}: ${output.trim()}`)),
      (error) => Promise.reject(error),
    );
    ended.catch(() => {});
    // A server that requires a password has started too.
    const answered = client.ping().catch((error: Error) => {
      if (!error.message.startsWith('NOAUTH')) throw error;
    });
    await Promise.race([answered, ended]);
  };
  const killNow = () => void child.kill('SIGKILL');
  const kill = async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    killNow();
    await gone;
    process.off('exit', killNow);
  };
  try {
    await start();
  } catch (error) {
    client.disconnect();
    await kill();
    throw error;
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    client,
    start,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await kill();
      await rm(folder, { recursive: true });
    },
  };
}
