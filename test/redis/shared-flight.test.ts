import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { monotonicNow, NEVER } from '../../src/clock.ts';
import { UpstreamError, type UpstreamErrorCode, type UpstreamFailure } from '../../src/errors.ts';
import { CallCounter, type Caller } from '../../src/paging/caller.ts';
import { SharedFlight, type SharedRead } from '../../src/paging/shared-flight.ts';
import { type Lookup, type ReadLease, SharedCache } from '../../src/redis/shared-cache.ts';
import { undisturbed } from '../faults/standstill.ts';
import { freePort } from '../free-port.ts';
import { spansOf } from '../paging/spans.ts';
import { needs } from '../parts/needs.ts';
import { AMPLE_MS, type Connected, connectTo, isUp } from './connect.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

needs('redis');

const HOUR_MS = 3_600_000;

let server: RedisServer;
let replicas: readonly [Connected, Connected, Connected];
let keys = 0;

beforeAll(async () => {
  server = await startRedis();
  replicas = [connectTo(server.url), connectTo(server.url), connectTo(server.url)];
  await Promise.all(replicas.map(isUp));
});

afterAll(async () => {
  for (const { redis } of replicas) redis.close();
  await server[Symbol.asyncDispose]();
});

let key = '';

/** A test with a key of its own, repeated if the process stood still: leases and failures expire by Redis's clock. */
const attempt =
  <Args extends unknown[]>(body: (...args: Args) => Promise<void>) =>
  (...args: Args) =>
    undisturbed(() => {
      key = `flight-${++keys}`;
      return body(...args);
    });

/** A cache that counts the lookups that found a lease of another replica. */
class Cache extends SharedCache {
  waits = 0;

  constructor({ redis }: Connected) {
    super(redis, 'test:');
  }

  override async getOrLease(...args: Parameters<SharedCache['getOrLease']>): Promise<Lookup | undefined> {
    const found = await super.getOrLease(...args);
    if (found?.kind === 'leased') this.waits++;
    return found;
  }
}

/** A replica with a shared read of texts. Values that start with `?` are unreadable. */
class Replica {
  readonly values: Cache;
  readonly flight: SharedFlight;
  reads = 0;
  /** Returns or throws the result of its read. */
  gives: () => string | Promise<string> = () => 'read';

  constructor(connected: Connected, { patienceMs = HOUR_MS, values = new Cache(connected) } = {}) {
    this.values = values;
    this.flight = new SharedFlight(values, patienceMs);
  }

  join(more: Partial<SharedRead<string>> = {}): Promise<string> {
    const joined = this.flight.join<string>({
      key,
      kind: 'page',
      maxAgeMs: HOUR_MS,
      longLivedMaxAgeMs: HOUR_MS,
      since: NEVER,
      caller: undefined,
      read: async () => {
        this.reads++;
        return this.gives();
      },
      encode: (text) => entryOf(text),
      decode: ({ bytes }) => (bytes[0] === '?'.charCodeAt(0) ? undefined : bytes.toString()),
      ...more,
    });
    // The test awaits the failure later.
    joined.catch(() => {});
    return joined;
  }

  /** Acquires the lease, so that others wait. */
  async lease(): Promise<ReadLease> {
    const found = await this.look();
    if (found?.kind !== 'acquired') throw new Error(`no lease: ${found?.kind}`);
    return found.lease;
  }

  look(failuresSince = monotonicNow()): Promise<Lookup | undefined> {
    const wanted = { maxAgeMs: HOUR_MS, longLivedMaxAgeMs: HOUR_MS, since: NEVER, failuresSince };
    return this.values.getOrLease(key, wanted);
  }

  /**
   * Waits until this replica has polled often enough that its wait certainly started before the failure, although a reply of
   * Redis may be late.
   */
  async untilItWaits(): Promise<void> {
    await expect.poll(() => this.values.waits, { interval: 5 }).toBeGreaterThan(5);
  }

  /** The result of another replica's lookup. */
  async sees(): Promise<string | undefined> {
    const found = await this.look();
    if (found?.kind === 'acquired') await found.lease.release();
    return found?.kind === 'value' ? `value ${found.value.bytes}` : found?.kind;
  }
}

function entryOf(text: string) {
  const now = monotonicNow();
  return { bytes: Buffer.from(text), sentAt: now, answeredAt: now, retainMs: HOUR_MS, isLongLived: false };
}

const three = () => replicas.map((connected) => new Replica(connected)) as [Replica, Replica, Replica];

const failure = (code: UpstreamErrorCode, more: Partial<UpstreamFailure> = {}) =>
  new UpstreamError(code, { detail: 'as the test has it', ...more });

describe('SharedFlight.join', () => {
  test(
    'reads on the first replica, and the others get its value',
    attempt(async () => {
      const [one, two] = three();
      expect(await one.join()).toBe('read');
      await expect.poll(() => two.sees()).toBe('value read');
      expect(await two.join()).toBe('read');
      expect([one.reads, two.reads]).toEqual([1, 0]);
    }),
  );

  test(
    'waits for a read in flight on another replica',
    attempt(async () => {
      const [one, two] = three();
      const reading = Promise.withResolvers<string>();
      one.gives = () => reading.promise;
      const first = one.join();
      await expect.poll(() => one.reads).toBe(1);
      const second = two.join();
      await two.untilItWaits();
      reading.resolve('late');
      expect(await Promise.all([first, second])).toEqual(['late', 'late']);
      expect([one.reads, two.reads]).toEqual([1, 0]);
    }),
  );

  test(
    'passes the lease to another replica if the read is aborted',
    attempt(async () => {
      const [one, two] = three();
      const reading = Promise.withResolvers<string>();
      one.gives = () => reading.promise;
      const first = one.join();
      await expect.poll(() => one.reads).toBe(1);
      const second = two.join();
      await two.untilItWaits();
      reading.reject(new DOMException('left', 'AbortError'));
      await expect(first).rejects.toThrow('left');
      expect(await second).toBe('read');
      expect(two.reads).toBe(1);
    }),
  );

  test(
    'reads alone while Redis is down, and shares nothing',
    attempt(async () => {
      await using away = connected(await freePort());
      const alone = new Replica(away.connected);
      alone.gives = () => 'alone';
      expect(await alone.join()).toBe('alone');
      expect(await three()[1].sees()).toBe('acquired');
    }),
  );
});

/** A connection to a port without a server. */
function connected(port: number): AsyncDisposable & { readonly connected: Connected } {
  const connected = connectTo(`redis://127.0.0.1:${port}`);
  return { connected, [Symbol.asyncDispose]: async () => connected.redis.close() };
}

describe('SharedFlight.join with an unreadable value', () => {
  test(
    'counts it by its kind, and replaces it by its own read',
    attempt(async () => {
      const [one, two] = three();
      const { redis } = replicas[0];
      const before = redis.unreadable.get('page') ?? 0;
      await (await two.lease()).store(entryOf('?'));
      expect(await one.join()).toBe('read');
      expect(redis.unreadable.get('page')).toBe(before + 1);
      await expect.poll(() => two.sees()).toBe('value read');
    }),
  );

  test(
    'waits for the read of another replica that replaces it',
    attempt(async () => {
      const [one, two] = three();
      await (await two.lease()).store(entryOf('?'));
      // A replica that needs a newer value acquires the lease beside the old value.
      const younger = { maxAgeMs: 0, longLivedMaxAgeMs: 0, since: NEVER, failuresSince: monotonicNow() };
      let lease: ReadLease | undefined;
      await expect
        .poll(async () => {
          const found = await two.values.getOrLease(key, younger);
          if (found?.kind === 'acquired') lease = found.lease;
          return found?.kind;
        })
        .toBe('acquired');
      const joined = one.join();
      await one.untilItWaits();
      await lease?.store(entryOf('other'));
      expect(await joined).toBe('other');
      expect(one.reads).toBe(0);
    }),
  );

  test(
    'twice in a row reads without sharing',
    attempt(async () => {
      const [one, two] = three();
      await (await two.lease()).store(entryOf('?'));
      const decode = () => undefined;
      // Another replica stores a value between the drop and the second lookup.
      class Slow extends Cache {
        override async drop(...args: Parameters<SharedCache['drop']>): Promise<void> {
          await super.drop(...args);
          await (await two.lease()).store(entryOf('?again'));
        }
      }
      const slow = new Replica(replicas[0], { values: new Slow(replicas[0]) });
      expect(await slow.join({ decode })).toBe('read');
      expect(slow.reads).toBe(1);
      expect(await one.sees()).toBe('value ?again');
    }),
  );
});

describe('SharedFlight.join after a failure of the reading replica', () => {
  /** One replica fails while another one waits for it. @returns the result of the other one */
  async function failWith(error: UpstreamError, waiting: Replica): Promise<unknown> {
    const [one] = three();
    const reading = Promise.withResolvers<string>();
    one.gives = () => reading.promise;
    const first = one.join().catch((reason: unknown) => reason);
    await expect.poll(() => one.reads).toBe(1);
    const second = waiting.join().catch((reason: unknown) => reason);
    await waiting.untilItWaits();
    reading.reject(error);
    expect(await first).toBe(error);
    return second;
  }

  test.each<[UpstreamErrorCode, Partial<UpstreamFailure>]>([
    ['UPSTREAM_THROTTLED', { retryAfterMs: 7000, retry: 'throttled' }],
    ['UPSTREAM_TIMEOUT', {}],
    ['UPSTREAM_BAD_RESPONSE', { upstreamRequestId: 'A1-b2' }],
  ])(
    '%s is that of those that wait for it, with its facts',
    attempt(async (code, more) => {
      const [, two] = three();
      const error = await failWith(failure(code, more), two);
      expect(error).toBeInstanceOf(UpstreamError);
      const { upstreamRequestId } = more;
      expect(error).toMatchObject({
        code,
        detail: 'another replica failed',
        retryAfterMs: more.retryAfterMs,
        retry: 'never',
        extensions: failure(code, { ...more, retry: 'never' }).extensions,
      });
      if (upstreamRequestId !== undefined) expect(error).toMatchObject({ extensions: { upstreamRequestId } });
      expect(two.reads).toBe(0);
    }),
  );

  test.each<[string, UpstreamErrorCode, Partial<UpstreamFailure>]>([
    ['that may not reach the upstream', 'UPSTREAM_UNAVAILABLE', {}],
    ['whose credentials are rejected', 'UPSTREAM_DENIED', {}],
    ['whose connection was cut within a response', 'UPSTREAM_BAD_RESPONSE', { retry: 'later' }],
  ])(
    '%s may be its own: another one reads for all',
    attempt(async (_, code, more) => {
      const [, two, three_] = three();
      expect(await failWith(failure(code, more), two)).toBe('read');
      expect(two.reads).toBe(1);
      await expect.poll(() => three_.sees()).toBe('value read');
    }),
  );

  test(
    'fails on all replicas once a second replica has failed',
    attempt(async () => {
      const [one, two, other] = three();
      const readings = [one, two, other].map((replica) => {
        const reading = Promise.withResolvers<string>();
        reading.promise.catch(() => {});
        replica.gives = () => reading.promise;
        return reading;
      });
      const first = one.join();
      await expect.poll(() => one.reads).toBe(1);
      const others = [two.join(), other.join()];
      await Promise.all([two.untilItWaits(), other.untilItWaits()]);
      readings[0]?.reject(failure('UPSTREAM_UNAVAILABLE'));
      await expect(first).rejects.toMatchObject({ detail: 'as the test has it' });
      await expect.poll(() => two.reads + other.reads).toBe(1);
      const last = two.reads > 0 ? other : two;
      last.values.waits = 0;
      await last.untilItWaits();
      for (const reading of readings) reading.reject(failure('UPSTREAM_UNAVAILABLE'));
      const ended = await Promise.all(others.map((one) => one.catch((error: UpstreamError) => error.detail)));
      expect(ended.toSorted()).toEqual(['another replica failed', 'as the test has it']);
      expect(two.reads + other.reads).toBe(1);
    }),
  );

  test(
    'ends the wait of a replica that missed the first of two failures',
    attempt(async () => {
      const [one, two] = three();
      const lease = await one.lease();
      const waiting = two.join();
      await two.untilItWaits();
      await lease.fail(JSON.stringify({ code: 'UPSTREAM_UNAVAILABLE', isRetry: true, isCut: false }));
      await expect(waiting).rejects.toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        detail: 'another replica failed',
      });
      expect(two.reads).toBe(0);
    }),
  );

  test(
    'ends the wait of a replica that has seen another failure, even if the failed one was a first attempt',
    attempt(async () => {
      const [one, two, other] = three();
      const own = JSON.stringify({ code: 'UPSTREAM_DENIED', isRetry: false, isCut: false });
      let failures = 0;
      // After this replica has seen a failure, and before its next lookup, another replica reads and fails.
      class Watched extends Cache {
        override async getOrLease(
          ...args: Parameters<SharedCache['getOrLease']>
        ): Promise<Lookup | undefined> {
          const found = await super.getOrLease(...args);
          if (found?.kind === 'failed' && ++failures === 1) {
            const again = await other.lease();
            setTimeout(() => void again.fail(own), 5);
          }
          return found;
        }
      }
      const lease = await one.lease();
      const waiting = new Replica(replicas[1], { values: new Watched(replicas[1]) });
      const joined = waiting.join();
      await waiting.untilItWaits();
      await lease.fail(own);
      await expect(joined).rejects.toMatchObject({ code: 'UPSTREAM_DENIED' });
      expect([failures, waiting.reads, two.reads]).toEqual([2, 0, 0]);
    }),
  );

  test.each(['nonsense', '{}', 'null', '7', '[]', '{"code":"BAD_USER_INPUT"}', '{"code":7}'])(
    'that says %s is counted as unreadable, and this replica reads itself',
    attempt(async (text) => {
      const [one, two] = three();
      const { redis } = replicas[1];
      const before = redis.unreadable.get('failure') ?? 0;
      const lease = await one.lease();
      const joined = two.join();
      await two.untilItWaits();
      await lease.fail(text);
      expect(await joined).toBe('read');
      expect(redis.unreadable.get('failure')).toBe(before + 1);
    }),
  );

  test.each([
    ['no pause below 0', { retryAfterMs: -1 }, { retryAfterMs: undefined }],
    ['a pause of nothing', { retryAfterMs: 0 }, { retryAfterMs: 0 }],
    ['a pause of two minutes', { retryAfterMs: 120_000 }, { retryAfterMs: 120_000 }],
    ['no longer pause', { retryAfterMs: 120_001 }, { retryAfterMs: undefined }],
    ['no pause in words', { retryAfterMs: '5' }, { retryAfterMs: undefined }],
    [
      'no id with other characters',
      { upstreamRequestId: '<b>' },
      { extensions: { code: 'UPSTREAM_TIMEOUT' } },
    ],
    ['no cut response but by the word true', { isCut: 'yes' }, { retry: 'never' }],
    ['no second failure but by the word true', { isRetry: 'yes' }, { retry: 'never' }],
  ])(
    'is believed %s',
    attempt(async (_, facts, expected) => {
      const [one, two] = three();
      const lease = await one.lease();
      const joined = two.join();
      await two.untilItWaits();
      await lease.fail(JSON.stringify({ code: 'UPSTREAM_TIMEOUT', ...facts }));
      await expect(joined).rejects.toMatchObject(expected);
    }),
  );

  test(
    'takes a failure with an invalid isRetry for a first one',
    attempt(async () => {
      const [one, two] = three();
      const lease = await one.lease();
      const joined = two.join();
      await two.untilItWaits();
      await lease.fail(JSON.stringify({ code: 'UPSTREAM_DENIED', isRetry: 'true' }));
      expect(await joined).toBe('read');
    }),
  );
});

describe('SharedFlight.join stops waiting for another replica', () => {
  test(
    'with UPSTREAM_TIMEOUT, if it takes too long',
    attempt(async () => {
      const [one] = three();
      const impatient = new Replica(replicas[1], { patienceMs: 1 });
      const lease = await one.lease();
      const joined = impatient.join();
      await expect(joined).rejects.toBeInstanceOf(UpstreamError);
      await expect(joined).rejects.toMatchObject({
        code: 'UPSTREAM_TIMEOUT',
        detail: 'another replica took too long',
      });
      expect(impatient.reads).toBe(0);
      await lease.release();
    }),
  );

  test.each(['before', 'while'])(
    'with the reason of the signal, aborted %s it waits',
    attempt(async (when) => {
      const [one, two] = three();
      const lease = await one.lease();
      const leaving = new AbortController();
      const reason = new Error('left');
      if (when === 'before') leaving.abort(reason);
      const joined = two.join({ caller: { signal: leaving.signal } });
      joined.catch(() => {});
      if (when === 'while') {
        await two.untilItWaits();
        leaving.abort(reason);
      }
      await expect(joined).rejects.toBe(reason);
      expect(two.reads).toBe(0);
      await lease.release();
    }),
  );
});

test(
  'with a shorter deadline of Redis from the second poll on, so that each poll takes the same time',
  attempt(async () => {
    const deadlines: (number | undefined)[] = [];
    class Watched extends Cache {
      override getOrLease(...args: Parameters<SharedCache['getOrLease']>): Promise<Lookup | undefined> {
        deadlines.push(args[2]);
        return super.getOrLease(...args);
      }
    }
    const [one] = three();
    const lease = await one.lease();
    const waiting = new Replica(replicas[1], { values: new Watched(replicas[1]) });
    const joined = waiting.join();
    await expect.poll(() => deadlines.length).toBeGreaterThan(2);
    await lease.store(entryOf('x'));
    expect(await joined).toBe('x');
    expect(deadlines.slice(0, 3)).toEqual([AMPLE_MS, AMPLE_MS - 15, AMPLE_MS - 15]);
  }),
);

describe('the span of a lookup in Redis', () => {
  async function traced(join: (caller: Caller) => Promise<unknown>) {
    const spans = spansOf();
    const { signal } = new AbortController();
    const caller = { signal, calls: new CallCounter(), span: spans.request() };
    await join(caller).catch(() => {});
    return spans.ended();
  }

  test(
    'has the kind of the result',
    attempt(async () => {
      const [one, two] = three();
      const facts = { name: 'ask Redis', kind: 'client' };
      const found = (kind: string) => [
        { ...facts, attributes: { 'db.system.name': 'redis', 'redis.found': kind } },
      ];
      expect(await traced((caller) => one.join({ caller }))).toEqual(found('acquired'));
      await expect.poll(() => two.sees()).toBe('value read');
      expect(await traced((caller) => two.join({ caller }))).toEqual(found('value'));
      await using away = connected(await freePort());
      const alone = new Replica(away.connected);
      expect(await traced((caller) => alone.join({ caller }))).toEqual(found('no answer'));
    }),
  );

  test(
    'has the error code of a failure',
    attempt(async () => {
      const [one] = three();
      const lease = await one.lease();
      const impatient = new Replica(replicas[1], { patienceMs: 1 });
      const failed = (code: string) => [
        { name: 'ask Redis', kind: 'client', attributes: { 'db.system.name': 'redis', 'error.type': code } },
      ];
      expect(await traced((caller) => impatient.join({ caller }))).toEqual(failed('UPSTREAM_TIMEOUT'));
      const [, two] = three();
      const left = AbortSignal.abort();
      expect(await traced((caller) => two.join({ caller: { ...caller, signal: left } }))).toEqual(
        failed('CANCELLED'),
      );
      await lease.release();
    }),
  );
});
