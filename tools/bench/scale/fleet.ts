import type { Bench, Started } from '../bench.ts';
import { loadWithWrk } from '../load/wrk.ts';
import { gateway } from '../peers/gateway.ts';
import type { Peer } from '../peers/peer.ts';
import { usageOf } from '../usage.ts';
import type { Walk } from '../walk.ts';
import { type BenchRedis, startRedis } from './redis.ts';

/** Replicas behind trivial round-robin load balancing: each connection goes to the next replica. */
export interface Fleet {
  readonly replicas: number;
  readonly isShared: boolean;
}

/** Cost of a load for a fleet, the upstream and Redis. */
export interface FleetCost {
  readonly responsesPerSecond: number;
  readonly seconds: number;
  readonly calls: number;
  readonly cpuMicrosPerResponse: number;
  /** Of the largest replica. */
  readonly rssMb: number;
  readonly redis: RedisCost | undefined;
}

/** Redis's part of the cost. */
export interface RedisCost {
  readonly scriptsPerSecond: number;
  readonly kilobytesPerSecond: number;
  /** In percent of one core. */
  readonly cpuPercent: number;
  readonly keys: number;
  readonly heldBytes: number;
}

/** Starts a fleet, warms it up for a second, and loads it. */
export async function measureFleet(
  bench: Bench,
  { replicas, isShared }: Fleet,
  { bodies, texts }: Walk,
  connections: number,
  seconds: number,
): Promise<FleetCost> {
  await using redis = isShared ? await startRedis() : undefined;
  await using started = await startAll(bench, replicas, redis);
  const loadAll = (loadSeconds: number) =>
    Promise.all(
      started.all.map(({ url }) =>
        loadWithWrk({ url, bodies, texts, connections: connections / replicas, seconds: loadSeconds }),
      ),
    );
  await loadAll(1);
  await bench.upstream.reset();
  const [before, redisBefore] = [started.usage(), await redis?.figures()];
  const results = await loadAll(seconds);
  const [after, redisAfter, calls] = [started.usage(), await redis?.figures(), await bench.upstream.calls()];
  const responses = sum(results, (result) => result.responses);
  const took = Math.max(...results.map(({ micros }) => micros)) / 1e6;
  return {
    responsesPerSecond: responses / took,
    seconds: took,
    calls,
    cpuMicrosPerResponse: (after.cpuMicros - before.cpuMicros) / responses,
    rssMb: after.rssBytes / 2 ** 20,
    redis:
      redisBefore && redisAfter
        ? {
            scriptsPerSecond: (redisAfter.scripts - redisBefore.scripts) / took,
            kilobytesPerSecond:
              (redisAfter.bytesIn + redisAfter.bytesOut - redisBefore.bytesIn - redisBefore.bytesOut) /
              1000 /
              took,
            cpuPercent: (redisAfter.cpuMicros - redisBefore.cpuMicros) / 1e4 / took,
            keys: redisAfter.keys,
            heldBytes: redisAfter.heldBytes,
          }
        : undefined,
  };
}

async function startAll(bench: Bench, count: number, redis: BenchRedis | undefined) {
  const peer: Peer = {
    ...gateway,
    async launch(place) {
      const launch = await gateway.launch(place);
      const shared = redis === undefined ? {} : { REDIS_URL: redis.url };
      return { ...launch, env: { ...launch.env, ...shared, IMS_MAX_REQUESTS_PER_SECOND: '10000' } };
    },
  };
  const all: Started[] = [];
  const end = async () => {
    for (const replica of all) await replica[Symbol.asyncDispose]();
  };
  try {
    while (all.length < count) all.push(await bench.start(peer, true));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    all,
    /** CPU of all replicas, memory of the largest. */
    usage() {
      const usages = all.map(({ pid }) => usageOf(pid));
      return {
        cpuMicros: sum(usages, ({ cpuMicros }) => cpuMicros),
        rssBytes: Math.max(...usages.map(({ rssBytes }) => rssBytes)),
      };
    },
    [Symbol.asyncDispose]: end,
  };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
