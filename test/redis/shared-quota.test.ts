import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { monotonicNow } from '../../src/clock.ts';
import { UpstreamError } from '../../src/errors.ts';
import { CallScope } from '../../src/upstream/call-scope.ts';
import { AdaptiveRateLimiter } from '../../src/upstream/resilience/rate-limiter.ts';
import { HEARTBEAT_MS, SharedQuota } from '../../src/upstream/resilience/shared-quota.ts';
import { readinessOf } from '../faults/readiness.ts';
import { runningMs, undisturbed } from '../faults/standstill.ts';
import { monotonic } from '../monotonic.ts';
import { needs } from '../parts/needs.ts';
import { type Connected, connectTo, isUp } from './connect.ts';
import { startFleet } from './fleet.ts';
import { mostAtOnce } from './most-at-once.ts';
import { startRedis } from './redis-server.ts';
import { until } from './until.ts';

needs('redis');

/** One replica with a shared quota. */
interface Part extends Disposable {
  readonly connected: Connected;
  readonly governor: AdaptiveRateLimiter;
  readonly quota: SharedQuota;
  /** Waits for a slot as a call does, and returns the time; undefined if it was rejected. */
  send(leftMs: number, signal?: AbortSignal): Promise<number | undefined>;
}

async function partOf(url: string, max: number): Promise<Part> {
  const connected = connectTo(url);
  await isUp(connected);
  const governor = new AdaptiveRateLimiter(max);
  const space = { redis: connected.redis, prefix: 'test:', account: async () => 'me' };
  const quota = new SharedQuota(space, max, governor);
  return {
    connected,
    governor,
    quota,
    async send(leftMs, signal) {
      const scope = new CallScope(leftMs, signal);
      try {
        return (await quota.admit(scope)) ? performance.now() : undefined;
      } catch (error) {
        if (error instanceof UpstreamError && error.code === 'UPSTREAM_THROTTLED') return undefined;
        throw error;
      } finally {
        scope.end();
      }
    },
    [Symbol.dispose]() {
      quota.close();
      connected.redis.close();
    },
  };
}

test('two replicas use a shared quota in full and exceed it in no second', async () => {
  const times = await undisturbed(async () => {
    await using server = await startRedis();
    using one = await partOf(server.url, 20);
    using two = await partOf(server.url, 20);
    const sent = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : two).send(20_000)),
    );
    return sent.filter((at) => at !== undefined);
  });
  expect(times).toHaveLength(50);
  // A slow machine may send a call late, and so closer to the next one.
  expect(mostAtOnce(times, 950)).toBeLessThanOrEqual(20);
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(2500);
});

test('regression: a reservation right after a throttling overtook its report, so slots of other replicas were not cancelled', async () => {
  await using server = await startRedis();
  using one = await partOf(server.url, 20);
  // Now Redis knows the script of reservations. That of reports takes a second round trip.
  await one.send(10_000);
  const sentAt = monotonicNow();
  one.governor.throttled(sentAt, undefined);
  await Promise.all([one.quota.throttled(sentAt), one.send(10_000)]);
  expect(await server.client.hget('test:{quota:me}:state', 'epoch')).toBe('1');
});

// These tests mostly wait for slots, so they run concurrently.
describe.concurrent('a quota that two replicas share', () => {
  test('rejects a call that cannot finish before its deadline, with a Retry-After', async ({ expect }) => {
    await using server = await startRedis();
    const { refused, leftMs, elapsedMs, served } = await undisturbed(async () => {
      await server.client.flushall();
      using one = await partOf(server.url, 10);
      using two = await partOf(server.url, 10);
      const { counts } = one.connected.redis;
      const { ok: replied } = counts;
      const startedAt = performance.now();
      const sent = Array.from({ length: 20 }, () => one.send(20_000));
      await until('their turns', () => counts.ok >= replied + 20);
      const leftMs = 800;
      const scope = new CallScope(leftMs, undefined);
      const refused = await two.quota.admit(scope).catch((error) => error);
      scope.end();
      const elapsedMs = performance.now() - startedAt;
      return { refused, leftMs, elapsedMs, served: await Promise.all(sent) };
    });
    expect(refused).toMatchObject({ code: 'UPSTREAM_THROTTLED' });
    // The next slot is two seconds after the first one.
    expect(refused.retryAfterMs).toBeGreaterThan(2000 - leftMs - elapsedMs - 50);
    expect(refused.retryAfterMs).toBeLessThan(2000 - leftMs + 100);
    expect(served).not.toContain(undefined);
  });

  test('costs one Redis command per call', async ({ expect }) => {
    await using server = await startRedis();
    using one = await partOf(server.url, 1000);
    await one.send(10_000);
    // Heartbeats and other commands of the connection depend on time, so they are not counted.
    const turnsAsked = async () => {
      const monitor = await server.client.monitor();
      let asked = 0;
      monitor.on('monitor', (_time: string, [command, , , key]: string[], source: string) => {
        if (source !== 'lua' && command === 'evalsha' && key?.endsWith(':turns')) asked++;
      });
      const { ok: replied } = one.connected.redis.counts;
      for (let call = 0; call < 100; call++) await one.send(10_000);
      const commands = one.connected.redis.counts.ok - replied;
      await expect.poll(() => asked).toBeGreaterThanOrEqual(100);
      monitor.disconnect();
      return { asked, commands };
    };
    const { asked, commands } = await undisturbed(turnsAsked);
    expect(asked).toBe(100);
    // A heartbeat may come in between.
    expect(commands).toBeLessThanOrEqual(101);
  });

  test('passes the slot of a cancelled call to the next one', async ({ expect }) => {
    await using server = await startRedis();
    const { isOneCommandLess, tookMs } = await undisturbed(async () => {
      await server.client.flushall();
      using one = await partOf(server.url, 2);
      await Promise.all([one.send(10_000), one.send(10_000)]);
      const startedAt = performance.now();
      const leaver = new AbortController();
      const left = one.send(10_000, leaver.signal).catch(() => 'left');
      const before = one.send(10_000);
      await sleep(100);
      leaver.abort();
      await left;
      const { ok: replied } = one.connected.redis.counts;
      const after = one.send(10_000);
      await sleep(10);
      // This costs no command.
      const isOneCommandLess = one.connected.redis.counts.ok === replied;
      const times = (await Promise.all([before, after])) as number[];
      return { isOneCommandLess, tookMs: Math.max(...times) - startedAt };
    });
    expect(isOneCommandLess).toBe(true);
    expect(tookMs).toBeLessThan(1500);
  });
});

test.concurrent('calls that wait for slots from Redis are sent in order of arrival', async ({ expect }) => {
  await using server = await startRedis();
  const options = { deadlineMs: 30_000, maxRequestsPerSecond: 2, cache: { ttlMs: 0, staleIfErrorMs: 0 } };
  await using fleet = await startFleet(1, server.url, { gateway: options });
  const [gateway] = fleet.replicas;
  const jobIds = Array.from({ length: 6 }, (_, index) => `job-${index}`);
  const asked: Promise<unknown>[] = [];
  for (const [index, jobId] of jobIds.entries()) {
    asked.push(gateway.ask('query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId } }', { jobId }));
    // Sends the next request when this one was sent or is queued.
    const arrived = async () => fleet.emulator.calls.length + (await readinessOf(gateway)).upstream.queued;
    await expect.poll(arrived, { interval: 5 }).toBe(index + 1);
  }
  await Promise.all(asked);
  expect(fleet.emulator.calls.map(({ params }) => params.JobId)).toEqual(jobIds);
});

describe.concurrent('throttling of one replica', () => {
  test('reduces the rate of the other replicas, and reschedules slots that they reserved', async ({
    expect,
  }) => {
    const ahead = 80;
    const { slow, rateOfOther, tookMs } = await undisturbed(async () => {
      await using server = await startRedis();
      using one = await partOf(server.url, 40);
      using two = await partOf(server.url, 40);
      const sentAt = Number(await one.send(30_000));
      await Promise.all(Array.from({ length: 39 }, () => two.send(30_000)));
      // Two seconds of reserved slots.
      const waiting = Array.from({ length: ahead }, () => two.send(30_000));
      await sleep(10);
      one.governor.throttled(monotonic(sentAt), undefined);
      await one.quota.throttled(monotonic(sentAt));
      const slow = one.governor.accountRate;
      const startedAt = performance.now();
      const times = (await Promise.all(waiting)) as number[];
      return { slow, rateOfOther: two.governor.accountRate, tookMs: Math.max(...times) - startedAt };
    });
    expect(slow).toBeLessThan(39);
    expect(rateOfOther).toBeCloseTo(slow, 0);
    // At the adapted rate, except for calls sent before the throttling was known.
    expect(tookMs).toBeGreaterThan((1000 * (ahead - 30)) / slow);
  });

  test('pauses all replicas for the Retry-After of the upstream', async ({ expect }) => {
    await using server = await startRedis();
    using one = await partOf(server.url, 40);
    using two = await partOf(server.url, 40);
    const startedAt = performance.now();
    one.governor.throttled(monotonic(startedAt), 700);
    await one.quota.throttled(monotonic(startedAt), 700);
    const at = await two.send(5000);
    expect(Number(at) - startedAt).toBeGreaterThan(690);
  });
});

describe.concurrent('without Redis', () => {
  test('each replica uses its share of the rate, and shares again when Redis is up', async ({ expect }) => {
    await using server = await startRedis();
    const parts = await Promise.all([1, 2, 3].map(() => partOf(server.url, 30)));
    const [one] = parts;
    if (one === undefined) throw new Error('no part');
    // Each replica learns the number of replicas from its next heartbeat.
    await sleep(HEARTBEAT_MS + 200);
    expect(one.governor.requestsPerSecond).toBe(30);
    await server.kill();
    await until('it to be noticed', () => one.connected.redis.state === 'down');
    expect(await one.send(1000)).toBeUndefined();
    const taken = Array.from({ length: 30 }, () => one.governor.take());
    expect(taken.filter(Boolean)).toHaveLength(10);
    let asksAgain = false;
    one.governor.wait(
      60_000,
      () => {},
      () => {
        asksAgain = true;
      },
    );
    for (let more = 0; more < 30; more++)
      one.governor.wait(
        60_000,
        () => {},
        () => {},
      );
    await server.start();
    await until('Redis', () => one.connected.redis.state === 'up');
    await until('a turn', async () => (await one.send(5000)) !== undefined);
    expect(one.governor.requestsPerSecond).toBe(30);
    expect(one.governor.queued).toBe(0);
    expect(asksAgain).toBe(true);
    for (const part of parts) part[Symbol.dispose]();
  });
});

test('replicas adapt to an unknown quota together', async () => {
  await using redis = await startRedis();
  await using fleet = await startFleet(3, redis.url, {
    gateway: { maxRequestsPerSecond: 60, deadlineMs: 3000 },
  });
  const { emulator } = fleet;
  emulator.setQuota(15);
  let ids = 0;
  // Aborts the requests that still wait at the end.
  const over = new AbortController();
  const client = async (index: number) => {
    while (!over.signal.aborted) {
      const replica = fleet.replicas[index % 3] ?? fleet.replicas[0];
      const query = `{ customizedVoiceJob(jobId: "unknown-${ids++}") { jobId } }`;
      const { errors } = await replica.ask(query, {}, { signal: over.signal });
      const retryAfterMs = errors?.[0]?.extensions.retryAfterMs ?? 500;
      await sleep(errors === undefined ? 5 : Math.min(500, Number(retryAfterMs)), undefined, over);
    }
  };
  const clients = Array.from({ length: 60 }, (_, index) =>
    client(index).catch((error) => over.signal.aborted || Promise.reject(error)),
  );
  await sleep(5000);
  const { late, ranMs } = await undisturbed(async () => {
    const [beganAt, began] = [Date.now(), runningMs()];
    await sleep(3000);
    const ranMs = runningMs() - began;
    const endedAt = Date.now();
    return { late: emulator.calls.filter(({ at }) => at > beganAt && at <= endedAt), ranMs };
  }, 300);
  over.abort();
  await Promise.all(clients);
  const throttled = late.filter(({ outcome }) => outcome === 'Throttling.User').length;
  expect(throttled).toBeLessThanOrEqual(0.1 * late.length);
  expect(late.length - throttled).toBeGreaterThan((0.8 * 15 * ranMs) / 1000);
});
