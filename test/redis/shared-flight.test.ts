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

/** A test with a key of its own, made again where the process stood still: leases and failures end by Redis's clock. */
const attempt =
  <Args extends unknown[]>(body: (...args: Args) => Promise<void>) =>
  (...args: Args) =>
    undisturbed(() => {
      key = `flight-${++keys}`;
      return body(...args);
    });

/** A cache that counts how often it has found that another replica reads. */
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

/** One of the replicas, and the texts that it reads for others. Values that begin with `?` are unreadable. */
class Replica {
  readonly values: Cache;
  readonly flight: SharedFlight;
  reads = 0;
  /** What its read gives, or throws. */
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
    // A test looks at its failure later.
    joined.catch(() => {});
    return joined;
  }

  /** Takes the lease, so that others wait. */
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
   * Waits until this one has found often enough that another replica reads: a failure counts for it when it is younger than its
   * wait, so a reply of Redis may be that late.
   */
  async untilItWaits(): Promise<void> {
    await expect.poll(() => this.values.waits, { interval: 5 }).toBeGreaterThan(5);
  }

  /** What the others find. */
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

describe('a read that replicas share', () => {
  test(
    'is made by the first, whose value the others get',
    attempt(async () => {
      const [one, two] = three();
      expect(await one.join()).toBe('read');
      await expect.poll(() => two.sees()).toBe('value read');
      expect(await two.join()).toBe('read');
      expect([one.reads, two.reads]).toEqual([1, 0]);
    }),
  );

  test(
    'is waited for by those that come meanwhile',
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
    'goes to another where the one that reads is aborted',
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
    'is made alone while Redis is away, and shared with nobody',
    attempt(async () => {
      await using away = connected(await freePort());
      const alone = new Replica(away.connected);
      alone.gives = () => 'alone';
      expect(await alone.join()).toBe('alone');
      expect(await three()[1].sees()).toBe('acquired');
    }),
  );
});

/** A connection to a port where nobody listens. */
function connected(port: number): AsyncDisposable & { readonly connected: Connected } {
  const connected = connectTo(`redis://127.0.0.1:${port}`);
  return { connected, [Symbol.asyncDispose]: async () => connected.redis.close() };
}

describe('a value that cannot be read', () => {
  test(
    'is counted by its kind, and replaced by what this replica reads',
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
    'is replaced by what another replica is reading already',
    attempt(async () => {
      const [one, two] = three();
      await (await two.lease()).store(entryOf('?'));
      // A replica that needs a younger value holds the lease beside the old one.
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
    'twice in a row is read by this replica for itself',
    attempt(async () => {
      const [one, two] = three();
      await (await two.lease()).store(entryOf('?'));
      const decode = () => undefined;
      // Between dropping the value and asking again, another replica writes one.
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

describe('a failure of the replica that reads', () => {
  /** One replica fails while another one waits for it. @returns what the other one gets */
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
    'is that of all, where a second replica has failed after it',
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
    'ends the wait of one that has not seen the first of two',
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
    'ends the wait of one that has seen another, although whoever failed now had not',
    attempt(async () => {
      const [one, two, other] = three();
      const own = JSON.stringify({ code: 'UPSTREAM_DENIED', isRetry: false, isCut: false });
      let failures = 0;
      // As soon as this replica has seen a failure, and before it asks again, another one reads and fails.
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
    'with an unknown word for a second one counts as the first',
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

describe('waiting for another replica ends', () => {
  test(
    'as a timeout, when it takes too long',
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
  'asks Redis a little less patiently from the second time on, as each wait is as long',
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

describe('the span of the question to Redis', () => {
  async function traced(join: (caller: Caller) => Promise<unknown>) {
    const spans = spansOf();
    const { signal } = new AbortController();
    const caller = { signal, calls: new CallCounter(), span: spans.request() };
    await join(caller).catch(() => {});
    return spans.ended();
  }

  test(
    'says what was found',
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
    'says why nothing was',
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
