import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HEARTBEAT_MS } from '../../src/upstream/resilience/shared-quota.ts';
import { callsPerSecond, scriptsPerSecond } from '../../tools/bench/scale/model.ts';
import { readPage, sent } from '../cache/asking.ts';
import { undisturbed } from '../faults/standstill.ts';
import { needs } from '../parts/needs.ts';
import { startFleet } from './fleet.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

needs('redis');

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis[Symbol.asyncDispose]());

/** Keys of the scripts that arrive over the network while `act` runs, in order, until there are at least `least`. */
async function scriptKeysWhile(least: number, act: () => Promise<unknown>): Promise<string[]> {
  const monitor = await redis.client.monitor();
  const all: string[] = [];
  const keys = () => all.filter((key) => !key.endsWith(':replicas'));
  monitor.on('monitor', (_time: string, [command, , , key]: string[], source: string) => {
    if (source !== 'lua' && command?.startsWith('eval')) all.push(String(key));
  });
  await act();
  // The result is stored after the response, and nothing more is expected.
  await expect.poll(() => keys().length, { interval: 10 }).toBeGreaterThanOrEqual(least);
  await sleep(100);
  monitor.disconnect();
  return keys();
}

test.each([1, 2, 3])(
  'a page that %i replicas read costs as many Redis scripts as docs/scaling.md says',
  (replicas) =>
    undisturbed(async () => {
      await redis.client.flushall();
      await using fleet = await startFleet(replicas, redis.url);
      // Each script is sent twice the first time: by EVALSHA, then by EVAL.
      await readPage(fleet.replicas[0], { type: 'STANDARD', first: 10 });
      fleet.emulator.resetCalls();
      const keys = await scriptKeysWhile(replicas + 2, async () => {
        for (const replica of fleet.replicas) await readPage(replica, { first: 10 });
      });
      const [turns, ofPages] = [/:turns$/, /Basic\/100\/1\}/].map((kind) =>
        keys.filter((key) => kind.test(key)),
      );
      expect(turns).toHaveLength(1);
      expect(ofPages).toHaveLength(replicas + 1);
      expect(keys).toHaveLength(replicas + 2);
      expect(sent(fleet.replicas[0])).toHaveLength(1);

      // One page per second, from an upstream without latency, not counting heartbeats.
      const formula = { replicas, pages: 1, ttlMs: 1000, latencyMs: 0 };
      expect(callsPerSecond(formula)).toBe(1);
      expect(scriptsPerSecond(formula) - replicas * (1000 / HEARTBEAT_MS)).toBe(keys.length);
    }),
);
