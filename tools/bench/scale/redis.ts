import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { requirePart } from '../../../test/parts/programs.ts';
import { freePort, run } from '../processes.ts';

/** Statistics of a Redis server since its start. */
export interface RedisFigures {
  /** Number of scripts run: replicas use a script for everything about pages and slots. */
  readonly scripts: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly cpuMicros: number;
  readonly keys: number;
  /** Memory of all keys and values, without that of an empty Redis. */
  readonly heldBytes: number;
}

/** A redis-server of the bench, without persistence. `await using` ends it. */
export interface BenchRedis extends AsyncDisposable {
  readonly url: string;
  readonly client: Redis;
  figures(): Promise<RedisFigures>;
}

export async function startRedis(): Promise<BenchRedis> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = run({ command: requirePart('redis'), args, env: {}, folder: tmpdir() });
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  // Connection errors until it listens.
  client.on('error', () => {});
  while (client.status !== 'ready') {
    const reason = server.ended();
    if (reason !== undefined) {
      client.disconnect();
      throw new Error(`redis-server did not start: ${reason}`);
    }
    await delay(20);
  }
  const emptyBytes = Number((await infoOf(client)).used_memory);
  return {
    url: `redis://127.0.0.1:${port}`,
    client,
    async figures() {
      const info = await infoOf(client);
      const { cmdstat_evalsha: scripts = '' } = await infoOf(client, 'commandstats');
      return {
        scripts: Number(/^calls=(\d+)/.exec(scripts)?.[1] ?? 0),
        bytesIn: Number(info.total_net_input_bytes),
        bytesOut: Number(info.total_net_output_bytes),
        cpuMicros: 1e6 * (Number(info.used_cpu_sys) + Number(info.used_cpu_user)),
        keys: await client.dbsize(),
        heldBytes: Number(info.used_memory) - emptyBytes,
      };
    },
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function infoOf(client: Redis, section = 'default'): Promise<Record<string, string>> {
  const lines = (await client.info(section)).split('\r\n');
  return Object.fromEntries(lines.map((line) => line.split(':') as [string, string]));
}
