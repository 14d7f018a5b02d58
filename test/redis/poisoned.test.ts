import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { monotonicNow, type RedisMs } from '../../src/clock.ts';
import { SharedSource } from '../../src/paging/shared-source.ts';
import { FirstSeen } from '../../src/redis/first-seen.ts';
import { MAX_VALUE_BYTES } from '../../src/redis/lua-scripts.ts';
import type { RedisConnection } from '../../src/redis/redis-connection.ts';
import { RedisRateLimitStore } from '../../src/server/access/client-rate-limit.ts';
import { CallScope } from '../../src/upstream/call-scope.ts';
import { ImsClient } from '../../src/upstream/ims.ts';
import { AdaptiveRateLimiter } from '../../src/upstream/resilience/rate-limiter.ts';
import { SharedQuota } from '../../src/upstream/resilience/shared-quota.ts';
import { isJobFields, type JobType, VoiceJob } from '../../src/voice-jobs/job.ts';
import { JOB_LISTS, jobSource } from '../../src/voice-jobs/job-list.ts';
import { JobRegistry } from '../../src/voice-jobs/watch/job-registry.ts';
import {
  decodeInterest,
  decodeMessage,
  encodeMessage,
  StateBroadcast,
} from '../../src/voice-jobs/watch/state-broadcast.ts';
import { startGateway } from '../gateway-under-test.ts';
import { monotonic } from '../monotonic.ts';
import { needs } from '../parts/needs.ts';
import { rpcTo } from '../rpc-to.ts';
import { fc, runs } from '../runs.ts';
import { unobserved } from '../unobserved.ts';
import { type Connected, connectTo, isUp } from './connect.ts';
import { hasRedis } from './fleet.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

needs('redis');

let server: RedisServer;
let emulator: Emulator;
let opened: readonly [Connected, Connected];
let connections: readonly [RedisConnection, RedisConnection];

beforeAll(async () => {
  server = await startRedis();
  emulator = await startEmulator({ stepMs: 0, basicCount: 250 });
  opened = [connectTo(server.url), connectTo(server.url)];
  for (const connected of opened) await isUp(connected);
  connections = [opened[0].redis, opened[1].redis];
});

afterAll(async () => {
  for (const connected of opened) connected[Symbol.dispose]();
  await emulator.close();
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await server.client.flushall();
});

const HOUR = { ttlMs: 3_600_000, staleIfErrorMs: 3_600_000 };
const FIRST_PAGE = { pageNo: 1, pageSize: 100 };
const account = async () => 'account';

type Replica = SharedSource<JobType, VoiceJob>;

/** A replica without a cache of its own, so that every read looks into Redis. */
function replicaOn(redis: RedisConnection): Replica {
  const rpc = rpcTo(emulator, unobserved);
  onTestFinished(() => rpc.close());
  const direct = jobSource(new ImsClient(rpc), unobserved);
  return new SharedSource(direct, { redis, prefix: 'voice-jobs:', account }, HOUR, 5000);
}

/** Writes something under a key, in place of the expected value. */
type Poison = (key: string) => Promise<unknown>;

const noValues = fc.json().filter((text) => !text.startsWith('[null'));

const texts: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .constantFrom('nan', 'inf', '-1', '0.000001', '1e999', '', '9999999999999+', '0000000000000:')
    .map((text) => Buffer.from(text)),
  // A valid header (fresh, long-lived or not) followed by anything.
  fc
    .tuple(fc.constantFrom('+', '-', ':', '!', '?'), fc.uint8Array({ maxLength: 100 }))
    .map(([sign, bytes]) => Buffer.concat([Buffer.from(`${Date.now() - 5}${sign}`), Buffer.from(bytes)])),
  // JSON that is neither a page nor a job; `[null]` encodes a missing job.
  noValues.map((text) =>
    Buffer.concat([Buffer.from(`${Date.now() - 5}+`), Buffer.alloc(4), deflateRawSync(text)]),
  ),
);
const poison: fc.Arbitrary<Poison> = fc.oneof(
  texts.map((text) => (key: string) => server.client.set(key, text)),
  texts.map((text) => (key: string) => server.client.rpush(key, text)),
  texts.map((text) => (key: string) => server.client.sadd(key, text)),
  texts.map((text) => (key: string) => server.client.hset(key, 'epoch', text)),
);

describe('arbitrary values under the keys of a page or a job', () => {
  test('are read from the upstream again, and the next replica is served that value', async () => {
    const [one, other] = [replicaOn(connections[0]), replicaOn(connections[1])];
    const truth = emulator.list('Basic').map(({ JobId }) => JobId);
    const [jobId = ''] = truth;
    await one.page('Basic', FIRST_PAGE);
    await one.row(jobId);
    await expect.poll(async () => (await server.client.keys('*')).length).toBe(2);
    const keys = await server.client.keys('*');
    await fc.assert(
      fc.asyncProperty(poison, fc.option(poison), async (atValue, atLease) => {
        await server.client.flushall();
        for (const key of keys) {
          await atValue(key);
          await atLease?.(`${key}:claim`);
        }
        const read = async (replica: Replica) => {
          emulator.resetCalls();
          const { rows, total } = await replica.page('Basic', FIRST_PAGE);
          expect(total).toBe(250);
          expect(rows.map((row) => row?.jobId)).toEqual(truth.slice(0, 100));
          const { row } = await replica.row(jobId);
          expect(row?.jobId).toBe(jobId);
          return emulator.calls.length;
        };
        await read(one);
        // Immediately, unless Redis missed a deadline.
        await expect.poll(() => read(other), { timeout: 20_000 }).toBe(0);
      }),
      { numRuns: runs(200) },
    );
  });

  test('that belong to another page or job are read from the upstream again', async () => {
    const [one, other] = [replicaOn(connections[0]), replicaOn(connections[1])];
    const [first = '', second = ''] = emulator.list('Basic').map(({ JobId }) => JobId);
    const keyOf = async (read: () => Promise<unknown>) => {
      const before = new Set(await server.client.keys('*'));
      await read();
      const added = async () => (await server.client.keys('*')).filter((key) => !before.has(key));
      await expect.poll(added).toEqual([expect.not.stringContaining(':claim')]);
      return (await added())[0] as string;
    };
    const pages = [
      await keyOf(() => one.page('Basic', FIRST_PAGE)),
      await keyOf(() => one.page('Basic', { pageNo: 2, pageSize: 100 })),
    ] as const;
    const jobs = [await keyOf(() => one.row(first)), await keyOf(() => one.row(second))] as const;
    for (const [from, to] of [pages, jobs]) await server.client.copy(to, from, 'REPLACE');
    const page = await other.page('Basic', FIRST_PAGE);
    expect(page.start).toBe(0);
    expect(page.rows[0]?.jobId).toBe(first);
    expect((await other.row(first)).row?.jobId).toBe(first);
  });

  test('that inflate to more than an upstream response are not inflated', () => {
    const { codec } = JOB_LISTS;
    const page = { start: 0, total: 0, last: true, rows: [] };
    expect(codec.decodePage(codec.encodePage(page))).toEqual(page);
    // Whitespace in JSON has no meaning: the same page, compressed to kilobytes and inflated to megabytes.
    const padded = (bytes: number) => deflateRawSync(Buffer.from('[0,0,1,[]]'.padEnd(bytes)));
    expect(codec.decodePage(padded(1_000_000))).toEqual(page);
    const bomb = padded(64 * 1024 * 1024);
    expect(bomb.length).toBeLessThan(100_000);
    expect(codec.decodePage(bomb)).toBeUndefined();
  });

  test('that are longer than the maximum are not fetched, and are replaced', async () => {
    const [one, other] = [replicaOn(connections[0]), replicaOn(connections[1])];
    await one.page('Basic', FIRST_PAGE);
    await expect.poll(async () => (await server.client.keys('*')).length).toBe(1);
    const [key = ''] = await server.client.keys('*');
    await server.client.set(key, `${Date.now()}+`.padEnd(MAX_VALUE_BYTES + 1, 'x'));
    expect((await other.page('Basic', FIRST_PAGE)).rows).toHaveLength(100);
    await expect.poll(() => server.client.strlen(key)).toBeLessThan(MAX_VALUE_BYTES / 10);
  });
});

describe('arbitrary values under the keys of the quota', () => {
  const numbers = fc.oneof(
    fc.constantFrom('nan', '-nan', 'inf', '-inf', '0.000001', '0', '-1', '1e300', '', 'word', '0x7f'),
    fc.constantFrom(1e3, 7e4, 1e6, 1e9).map((aheadMs) => String(Date.now() + aheadMs)),
    fc.double().map(String),
    fc.string(),
  );
  const states = fc.record({
    epoch: numbers,
    paused: fc.constantFrom('nan', 'word', '1e300', '0'),
    rate: numbers,
    until: numbers,
  });
  const scores = fc.array(fc.oneof(fc.constantFrom('inf', '-inf', '1e300', '-1'), fc.integer().map(String)), {
    maxLength: 50,
  });

  test('never delay a slot past its time or yield a rate outside the bounds', async () => {
    await fc.assert(
      fc.asyncProperty(states, scores, fc.array(poison, { maxLength: 4 }), async (state, scores, poisons) => {
        await server.client.flushall();
        const key = (name: string) => `voice-jobs:{quota:account}:${name}`;
        await server.client.hset(key('state'), state);
        for (const name of ['turns', 'throttled', 'replicas'])
          for (const [index, score] of scores.entries())
            await server.client.zadd(key(name), score, `${index}`);
        for (const [index, poisoned] of poisons.entries()) {
          const poisonedKey = key(['turns', 'state', 'throttled', 'replicas'][index] as string);
          await server.client.del(poisonedKey);
          await poisoned(poisonedKey);
        }
        const governor = new AdaptiveRateLimiter(20);
        const quota = new SharedQuota(
          { redis: connections[0], prefix: 'voice-jobs:', account },
          20,
          governor,
        );
        const scope = new CallScope(20_000, undefined);
        try {
          expect(await quota.admit(scope)).toBe(true);
          await quota.throttled(monotonic(monotonicNow()));
          expect(await quota.admit(scope)).toBe(true);
          expect(governor.accountRate).toBeGreaterThanOrEqual(1);
          expect(governor.accountRate).toBeLessThanOrEqual(20);
        } finally {
          scope.end();
          quota.close();
        }
      }),
      { numRuns: runs(100) },
    );
  });

  test('an upstream Retry-After of one day pauses all replicas for one minute', async () => {
    await using gateway = await startGateway({ gateway: { redisUrl: server.url } });
    await hasRedis(gateway);
    gateway.emulator.fault({
      kind: 'error',
      code: 'Throttling.User',
      status: 400,
      headers: { 'x-acs-retry-after': '86400000' },
    });
    const { errors } = await gateway.ask('{ customizedVoiceJobs { totalCount } }');
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'UPSTREAM_THROTTLED', retryAfterMs: 60_000 });
    const paused = async () => {
      const [key = ''] = await server.client.keys('*{quota:*}:state');
      return Number(await server.client.hget(key, 'paused'));
    };
    await expect.poll(paused).toBeGreaterThan(0);
    expect((await paused()) - Date.now()).toBeLessThanOrEqual(60_000);
  });
});

test('arbitrary values under the key of a cursor time never yield a later time or NaN', async () => {
  const times = new FirstSeen(connections[0], 'voice-jobs:');
  await fc.assert(
    fc.asyncProperty(poison, async (poisoned) => {
      await server.client.flushall();
      await poisoned('voice-jobs:cursor');
      const at = monotonicNow();
      const since = await times.since('cursor', at);
      expect(since).toBeLessThanOrEqual(at);
      expect(since).toBeGreaterThan(at - 3_600_000);
    }),
    { numRuns: runs(100) },
  );
});

describe('arbitrary messages on the replicas’ channels', () => {
  const JOB = {
    jobId: 'job',
    voiceId: null,
    rawStatus: 'Training',
    message: null,
    voiceName: null,
    voiceDesc: null,
    rawType: 'Basic',
    gender: null,
    scenario: null,
    createTime: null,
    gmtCreate: null,
  } as const;
  const message = {
    from: 'replica',
    sequence: 1,
    isReader: true,
    states: [{ jobId: 'job', job: new VoiceJob(JOB), sentAt: 1 as RedisMs, readAt: 2 as RedisMs }],
  };

  test('are decoded or ignored, and never throw', () => {
    const paths = [
      'from',
      'sequence',
      'isReader',
      'states',
      'jobId',
      'job',
      'sentAt',
      'readAt',
      ...Object.keys(JOB),
    ];
    const changed = fc
      .tuple(fc.constantFrom(...paths), fc.jsonValue())
      .map(([path, value]) =>
        JSON.stringify(JSON.parse(encodeMessage(message)), (name, given) => (name === path ? value : given)),
      );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), changed), (text) => {
        decodeInterest(text);
        const read = decodeMessage(text);
        if (read === undefined) return;
        expect(Number.isSafeInteger(read.sequence)).toBe(true);
        for (const { jobId, job, sentAt, readAt } of read.states) {
          expect(Number.isFinite(sentAt) && Number.isFinite(readAt)).toBe(true);
          if (job !== null) expect(isJobFields({ ...job }) && job.jobId === jobId).toBe(true);
        }
      }),
      { numRuns: runs(2000) },
    );
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  test('with a state from the future are ignored, so that the job is still polled', async () => {
    const jobs = new JobRegistry();
    const [watched] = jobs.subscribe('job', () => {});
    jobs.rowRead('job', { row: new VoiceJob(JOB), sentAt: monotonicNow() });
    const exchange = new StateBroadcast(jobs, connections[0]);
    onTestFinished(() => exchange.close());
    await exchange.open('states');
    await expect.poll(() => watched.needsRead).toBe(true);
    watched.needsRead = false;
    const finished = new VoiceJob({ ...JOB, rawStatus: 'Success' });
    for (const sentAt of [1e15, Date.now() + 3_600_000]) {
      const state = { jobId: 'job', job: finished, sentAt: sentAt as RedisMs, readAt: sentAt as RedisMs };
      await connections[1].publish('states', encodeMessage({ ...message, states: [state] }));
      await expect.poll(() => watched.needsRead).toBe(true);
      watched.needsRead = false;
      expect(watched.known?.status).toBe('Training');
      expect(watched.sentAt).toBeLessThanOrEqual(monotonicNow());
    }
  });
});

describe('arbitrary values under the count of a client', () => {
  test.each<[what: string, poison: (key: string) => Promise<unknown>]>([
    ['a count that expires in a day', (key: string) => server.client.set(key, 1000, 'EX', 86_400)],
    ...['word', '5.5', '1e3', '0x10', ' 3', '007', '-4', ''].map(
      (text): [string, (key: string) => Promise<unknown>] => [
        `the text "${text}"`,
        (key) => server.client.set(key, text, 'EX', 30),
      ],
    ),
  ])('%s does not lock the client out: its count restarts', async (_title, poisoned) => {
    const limit = new RedisRateLimitStore(10, connections[0], 'voice-jobs:');
    expect(await limit.take('client')).toBe(0);
    const before = connections[0].state;
    const [key = ''] = await server.client.keys('voice-jobs:client:*');
    await poisoned(key);
    for (let request = 0; request < 3; request++) expect(await limit.take('client')).toBe(0);
    expect(connections[0].state).toBe(before);
  });
});
