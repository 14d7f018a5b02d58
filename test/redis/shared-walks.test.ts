import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SharedSource } from '../../src/paging/shared-source.ts';
import { needs } from '../parts/needs.ts';
import { FULL, fc } from '../runs.ts';
import { refill, steps, type Times } from '../walks/moving-list.ts';
import { Tally } from '../walks/tally.ts';
import { startWalker, typesOf, type Walker } from '../walks/walker.ts';
import { type Connected, connectTo, isUp } from './connect.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

needs('redis');

/** Number of walks of each list, in each direction, with each layout of times. */
const WALKS = FULL ? 8 : 4;

/** A TTL longer than any walk: a page is read once unless the walk needs a newer one. */
const FOR_EVER = { ttlMs: 3_600_000, staleIfErrorMs: 0 };

let server: RedisServer;
let replicas: Connected[];
let walker: Walker;

beforeAll(async () => {
  server = await startRedis();
  replicas = [1, 2, 3].map(() => connectTo(server.url));
  await Promise.all(replicas.map(isUp));
  walker = await startWalker(FOR_EVER, (direct) => {
    const prefix = `${randomUUID()}:`;
    const account = async () => 'me';
    return replicas.map(({ redis }) => new SharedSource(direct, { redis, prefix, account }, FOR_EVER, 2500));
  });
});

afterAll(async () => {
  for (const { redis } of replicas) redis.close();
  await walker[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const tally = new Tally();

describe.each(['Basic', 'Standard', 'All'] as const)(
  'a walk of %s with each page served by another replica',
  (list) => {
    test.each(['forwards', 'backwards'] as const)(
      '%s returns each row that stood throughout exactly once',
      async (direction) => {
        for (const times of ['apart', 'in runs', 'equal'] as const satisfies Times[]) {
          await fc.assert(
            fc.asyncProperty(
              fc.integer({ min: 0, max: 480 }),
              fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 4, max: 30 })),
              steps(typesOf(list), 40),
              fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 30 }),
              async (length, rows, plan, others) => {
                for (const type of typesOf(list))
                  refill(walker.emulator, type, type === 'Basic' ? length : length >> 1, times);
                const walk = await walker.walk(list, direction, rows, plan, undefined, others);
                tally.judge(walker, list, times, plan, walk);
              },
            ),
            { numRuns: WALKS },
          );
        }
      },
    );
  },
);

// test/walks/cached-walks.test.ts proves the same for one replica and every page size.
test('a walk through a list at rest costs one call per hundred rows, each page served by another replica', async () => {
  refill(walker.emulator, 'Basic', 1000, 'apart');
  const walk = await walker.walk('Basic', 'forwards', 33, []);
  expect([walk.calls, walk.jobIds.length]).toEqual([10, 1000]);
});
