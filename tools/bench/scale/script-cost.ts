import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { later, monotonicNow } from '../../../src/clock.ts';
import { RedisConnection } from '../../../src/redis/redis-connection.ts';
import { type LookupLimits, SharedCache } from '../../../src/redis/shared-cache.ts';
import { CallScope } from '../../../src/upstream/call-scope.ts';
import { AdaptiveRateLimiter } from '../../../src/upstream/resilience/rate-limiter.ts';
import { SharedQuota } from '../../../src/upstream/resilience/shared-quota.ts';
import { type BenchRedis, startRedis } from './redis.ts';

/** Number of concurrent replicas, each with one command at a time. */
const REPLICAS = 30;

/** Number of operations per replica. */
const TIMES = 200;

const HOUR_MS = 3_600_000;

const PREFIX = 'bench:';

/** Cost of a script in Redis. */
export interface ScriptCost {
  readonly name: string;
  /** Of the script itself. */
  readonly micros: number;
  /** Including the network, with {@link REPLICAS} concurrent replicas. */
  readonly allMicros: number;
}

/** Redis as one replica uses it. */
interface Replica {
  readonly redis: RedisConnection;
  readonly values: SharedCache;
  readonly quota: SharedQuota;
}

/** Measures with a new Redis what it costs to share a page of these bytes. */
export async function measureScripts(
  bytes: Buffer,
): Promise<{ readonly scripts: readonly ScriptCost[]; readonly heldBytes: number }> {
  await using server = await startRedis();
  const replicas = await connect(server.url);
  const [first] = replicas;
  if (first === undefined) throw new Error('no replica');
  const keep = async ({ values }: Replica, key: string) => {
    const [held, now] = [await claim(values, key), monotonicNow()];
    await held.store({ bytes, sentAt: now, answeredAt: now, retainMs: HOUR_MS, isLongLived: false });
  };
  const look = async ({ values }: Replica, key: string) => void (await values.getOrLease(key, anyAge()));
  const turn = async ({ quota }: Replica) => {
    const scope = new CallScope(1000, undefined);
    await quota.admit(scope).finally(() => scope.end());
  };
  try {
    await keep(first, 'page');
    const held = await claim(first.values, 'claimed');
    let kept = 0;
    const costOf = (name: string, scripts: number, act: (replica: Replica) => Promise<void>) =>
      measure({ name, scripts, act, replicas, server });
    const scripts = [
      await costOf('a look at a page that is there', 1, (replica) => look(replica, 'page')),
      await costOf('a look at a page that another reads', 1, (replica) => look(replica, 'claimed')),
      await costOf('a claim, or keeping what was read', 2, (replica) => keep(replica, `kept ${kept++}`)),
      await costOf('a turn of the quota', 1, turn),
    ];
    await held.release();
    return { scripts, heldBytes: Number(await server.client.memory('USAGE', `${PREFIX}{page}`)) };
  } finally {
    for (const { quota, redis } of replicas) {
      quota.close();
      redis.close();
    }
  }
}

async function connect(url: string): Promise<Replica[]> {
  const log = pino({ level: 'silent' });
  const replicas = Array.from({ length: REPLICAS }, () => {
    const redis = new RedisConnection(url, log);
    const space = { redis, prefix: PREFIX, account: async () => 'me' };
    const quota = new SharedQuota(space, 100_000, new AdaptiveRateLimiter(100_000));
    return { redis, values: new SharedCache(redis, PREFIX), quota };
  });
  while (replicas.some(({ redis }) => redis.state !== 'up')) await sleep(10);
  return replicas;
}

function anyAge(): LookupLimits {
  const failuresSince = monotonicNow();
  return {
    maxAgeMs: HOUR_MS,
    longLivedMaxAgeMs: HOUR_MS,
    since: later(monotonicNow(), -HOUR_MS),
    failuresSince,
  };
}

async function claim(values: SharedCache, key: string) {
  const found = await values.getOrLease(key, anyAge());
  if (found?.kind !== 'acquired') throw new Error(`no claim but ${found?.kind}`);
  return found.lease;
}

/** Average cost of an operation that runs `scripts` scripts. */
async function measure({
  name,
  scripts,
  act,
  replicas,
  server,
}: {
  readonly name: string;
  readonly scripts: number;
  readonly act: (replica: Replica) => Promise<void>;
  readonly replicas: readonly Replica[];
  readonly server: BenchRedis;
}): Promise<ScriptCost> {
  await server.client.config('RESETSTAT');
  const before = await server.figures();
  await Promise.all(
    replicas.map(async (replica) => {
      for (let time = 0; time < TIMES; time++) await act(replica);
    }),
  );
  const after = await server.figures();
  const stats = await server.client.info('commandstats');
  return {
    name,
    micros: Number(/cmdstat_evalsha:.*?usec_per_call=([\d.]+)/.exec(stats)?.[1]),
    allMicros: (after.cpuMicros - before.cpuMicros) / (REPLICAS * TIMES * scripts),
  };
}
