import { afterAll, beforeAll, type TestContext, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { runningMs } from '../faults/standstill.ts';
import { needs } from '../parts/needs.ts';
import { runGateway } from '../process/gateway-process.ts';
import { startFleet } from '../redis/fleet.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';
import { follow, type Transport } from './subscriber-under-test.ts';

needs('redis');

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** For tests that do not affect each other, each with its own emulator and thereby namespace. */
let redis: RedisServer;
/** The Redis server that a test kills. */
let killed: RedisServer;
/** The Redis server whose subscriptions a test interrupts. */
let deafening: RedisServer;
beforeAll(async () => {
  [redis, killed, deafening] = await Promise.all([startRedis(), startRedis(), startRedis()]);
});
afterAll(() => Promise.all([redis, killed, deafening].map((server) => server?.[Symbol.asyncDispose]())));

/** States do not depend on the cache of replicas. */
const NO_CACHE = { ttlMs: 0, staleIfErrorMs: 0 };
const CACHE = { ttlMs: 2000, staleIfErrorMs: 60_000 };

/** Replicas in this process that poll a job every 200 ms, with one subscriber each. */
async function startWatching(
  { expect, onTestFinished }: TestContext,
  { url }: RedisServer,
  { cache = NO_CACHE, count = 3 } = {},
) {
  const fleet = await startFleet(count, url, { gateway: { livePollMs: 200, cache } });
  onTestFinished(() => fleet[Symbol.asyncDispose]());
  const { emulator } = fleet;
  const { JobId: jobId } = emulator.insert('Basic', { Status: 'Initialization' });
  // While the leader has a subscriber, it stays the leader.
  const { JobId: endless } = emulator.insert('Basic', { Status: 'Training' });
  const lasting = fleet.replicas.map(({ origin }) => follow('server-sent events', origin, endless));
  onTestFinished(() => {
    for (const { leave } of lasting) leave();
  });
  // One more subscriber on each, to a job without other subscribers.
  const own = fleet.replicas.map(({ origin }) => {
    const { JobId } = emulator.insert('Basic', { Status: 'Training' });
    return { jobId: JobId, following: follow('server-sent events', origin, JobId) };
  });
  const followings = fleet.replicas.map(({ origin }) => follow('server-sent events', origin, jobId));
  const seen = () => followings.map(({ statuses }) => statuses.length);
  await expect.poll(seen).toEqual(followings.map(() => 1));
  const origins = fleet.replicas.map(({ origin }) => origin);
  return { ...fleet, origins, jobId, followings, seen, own };
}

/** Number of polls of a gateway so far. */
async function pollsOf(origin: string): Promise<number> {
  return (await metricsOf(origin)).sum('voicejobs_subscription_polls_total');
}

/** Indices of the replicas that make the next polls. */
async function pollersAmong(origins: readonly string[], polls = 6): Promise<number[]> {
  const before = await Promise.all(origins.map(pollsOf));
  for (;;) {
    const after = await Promise.all(origins.map(pollsOf));
    const made = after.map((count, index) => count - (before[index] ?? 0));
    if (made.reduce((sum, count) => sum + count) >= polls)
      return [...made.keys()].filter((index) => made[index] !== 0);
    await sleep(50);
  }
}

/** Waits until one replica makes six consecutive polls; returns its index. */
async function onePollerAmong({ expect }: Pick<TestContext, 'expect'>, origins: readonly string[]) {
  let found: number[] = [];
  const count = async () => {
    found = await pollersAmong(origins);
    return found.length;
  };
  await expect.poll(count, { timeout: 30_000 }).toBe(1);
  return Number(found[0]);
}

/** Waits until one replica polls for all: ten polls cost at most twelve upstream calls. */
async function expectOnePoller(
  context: Pick<TestContext, 'expect'>,
  { emulator, origins }: { emulator: Emulator; origins: readonly string[] },
): Promise<void> {
  const calls = async () => {
    await onePollerAmong(context, origins);
    emulator.resetCalls();
    await pollersAmong(origins, 10);
    return emulator.calls.length;
  };
  await context.expect.poll(calls, { timeout: 30_000 }).toBeLessThanOrEqual(12);
}

const COURSE = ['AudioDetecting', 'PreTraining', 'Training', 'Success'] as const;
/** The states that subscribers receive of a job that passes all states. */
const SHOWN = ['INITIALIZATION', 'AUDIO_DETECTING', 'PRE_TRAINING', 'TRAINING', 'SUCCESS'];

// Concurrent with the others, because each mostly waits for polls.
test.concurrent('one replica polls a job for all, and each sends every state once and in order', async (context) => {
  const { expect } = context;
  const watch = async (cache: typeof CACHE) => {
    const { emulator, origins, jobId, followings, seen, own } = await startWatching(context, redis, {
      cache,
    });
    await expectOnePoller(context, { emulator, origins });
    for (const [index, Status] of COURSE.entries()) {
      emulator.change(jobId, { Status });
      await expect.poll(seen, { interval: 10 }).toEqual(followings.map(() => index + 2));
    }
    await Promise.all(followings.map(({ ended }) => ended));
    expect(followings.map(({ statuses }) => statuses)).toEqual(followings.map(() => SHOWN));
    for (const { jobId } of own) emulator.change(jobId, { Status: 'Success' });
    await Promise.all(own.map(({ following }) => following.ended));
    expect(own.map(({ following }) => following.statuses)).toEqual(own.map(() => ['TRAINING', 'SUCCESS']));
  };
  await Promise.all([watch(CACHE), watch(NO_CACHE)]);
});

test.concurrent('unknown statuses are broadcast from the leader to the other replicas, each as a change', async (context) => {
  const { expect } = context;
  const { emulator, origins, jobId, followings, seen } = await startWatching(context, redis, { count: 2 });
  await expectOnePoller(context, { emulator, origins });
  const course = ['CosyVoiceQueued', 'CosyVoiceTraining', 'Success'];
  for (const [index, Status] of course.entries()) {
    emulator.change(jobId, { Status, Type: 'CosyVoice' });
    await expect.poll(seen, { interval: 10 }).toEqual(followings.map(() => index + 2));
  }
  await Promise.all(followings.map(({ ended }) => ended));
  for (const { answers } of followings) {
    const shown = answers.map(({ data }) => data.customizedVoiceJobStatusChanged);
    expect(shown.map(({ status, rawStatus, rawType }) => [status, rawStatus, rawType])).toEqual([
      ['INITIALIZATION', 'Initialization', 'Basic'],
      [null, 'CosyVoiceQueued', 'CosyVoice'],
      [null, 'CosyVoiceTraining', 'CosyVoice'],
      ['SUCCESS', 'Success', 'CosyVoice'],
    ]);
  }
});

test.concurrent('every replica polls while Redis is down, and one for all when it is back', async (context) => {
  const { expect } = context;
  const { emulator, origins, jobId, followings, seen } = await startWatching(context, killed, { count: 2 });
  await onePollerAmong(context, origins);
  await killed.kill();
  emulator.change(jobId, { Status: 'PreTraining' });
  await expect.poll(seen).toEqual([2, 2]);
  await expect.poll(() => pollersAmong(origins), { timeout: 30_000 }).toEqual([0, 1]);
  emulator.change(jobId, { Status: 'Training' });
  await expect.poll(seen).toEqual([3, 3]);
  await killed.start();
  await expectOnePoller(context, { emulator, origins });
  emulator.change(jobId, { Status: 'Success' });
  await Promise.all(followings.map(({ ended }) => ended));
  expect(followings.map(({ statuses }) => statuses)).toEqual(
    followings.map(() => ['INITIALIZATION', 'PRE_TRAINING', 'TRAINING', 'SUCCESS']),
  );
});

test.concurrent('a replica that missed broadcasts reads the states when it receives messages again', async (context) => {
  const { expect } = context;
  const { emulator, origins, jobId, followings } = await startWatching(context, deafening);
  await onePollerAmong(context, origins);
  // Repeatedly, so that some states are broadcast while the replica receives nothing.
  const timer = setInterval(() => void deafening.client.call('client', 'kill', 'type', 'pubsub'), 100);
  context.onTestFinished(() => clearInterval(timer));
  await sleep(200);
  emulator.change(jobId, { Status: 'Training' });
  await sleep(500);
  emulator.change(jobId, { Status: 'Fail' });
  await sleep(500);
  clearInterval(timer);
  await Promise.all(followings.map(({ ended }) => ended));
  const possible = ['INITIALIZATION', 'TRAINING', 'FAIL'];
  for (const { statuses } of followings) {
    expect(possible.filter((status) => statuses.includes(status))).toEqual(statuses);
    expect(statuses.at(-1)).toBe('FAIL');
  }
});

test.concurrent('a state read by a request to one replica is sent to subscribers of all', async ({
  expect,
}) => {
  await using fleet = await startFleet(3, redis.url, { gateway: { livePollMs: 60_000, cache: NO_CACHE } });
  const { emulator, replicas } = fleet;
  const { JobId } = emulator.insert('Basic', { Status: 'Training' });
  const followings = replicas.map(({ origin }) => follow('server-sent events', origin, JobId));
  await expect.poll(() => followings.every(({ statuses }) => statuses.length === 1)).toBe(true);
  await sleep(1500);
  emulator.change(JobId, { Status: 'Success' });
  const query = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { status } }';
  await replicas[2]?.ask(query, { jobId: JobId });
  await Promise.all(followings.map(({ ended }) => ended));
  expect(followings.map(({ statuses }) => statuses)).toEqual(followings.map(() => ['TRAINING', 'SUCCESS']));
});

test.concurrent('a killed leader is replaced within 5 s: no final state is missed, and one replica polls for all again', async ({
  annotate,
  expect,
  onTestFinished,
}) => {
  const emulator = await startEmulator({ stepMs: 0 });
  onTestFinished(() => emulator.close());
  const replicas = Array.from({ length: 3 }, () => {
    const gateway = runGateway({
      IMS_ENDPOINT: emulator.endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
      REDIS_URL: redis.url,
      LIVE_POLL_MS: '200',
    });
    onTestFinished(() => gateway[Symbol.asyncDispose]() as Promise<void>);
    return gateway;
  });
  const origins = await Promise.all(replicas.map(async ({ origin }) => String(await origin)));
  const [ending, lasting] = [1, 2].map(() => emulator.insert('Basic', { Status: 'PreTraining' }).JobId);
  const followAll = (transport: Transport, jobId = '') =>
    origins.map((origin) => follow(transport, origin, jobId));
  const [endings, lastings] = [followAll('WebSocket', ending), followAll('server-sent events', lasting)];
  const all = [...endings, ...lastings];
  await expect.poll(() => all.map(({ statuses }) => statuses.length)).toEqual(all.map(() => 1));

  // One replica polls, and the others do not.
  const leader = await onePollerAmong({ expect }, origins);
  const isLeft = (_: unknown, index: number) => index !== leader;
  replicas[leader]?.child.kill('SIGKILL');
  const killedAt = runningMs();
  emulator.change(String(ending), { Status: 'Success' });
  await Promise.all(endings.filter(isLeft).map(({ ended }) => ended));
  const tookMs = runningMs() - killedAt;
  await annotate(`the final state came ${tookMs.toFixed(0)} ms after the one who read was killed`);
  expect(tookMs).toBeLessThan(5000);
  for (const { statuses } of endings.filter(isLeft)) expect(statuses).toEqual(['PRE_TRAINING', 'SUCCESS']);
  // Subscribers of the killed replica reconnect here.
  const again = follow('WebSocket', String(origins.find(isLeft)), String(ending));
  await again.ended;
  expect(again.statuses).toEqual(['SUCCESS']);

  await onePollerAmong({ expect }, origins.filter(isLeft));
  emulator.change(String(lasting), { Status: 'Success' });
  await Promise.all(lastings.filter(isLeft).map(({ ended }) => ended));
  for (const { statuses } of lastings.filter(isLeft)) expect(statuses).toEqual(['PRE_TRAINING', 'SUCCESS']);
});
