import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UpstreamError, type UpstreamErrorCode } from '../../src/errors.ts';
import { StaleIfError } from '../../src/paging/stale-if-error.ts';
import { unobserved } from '../unobserved.ts';

/** Duration of a read after which it counts as failed, in milliseconds. */
const STALE_AFTER_MS = 2000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const failing = (code: UpstreamErrorCode = 'UPSTREAM_UNAVAILABLE') =>
  Promise.reject(new UpstreamError(code, { detail: 'made by the test' }));

/** A value under one key that may be stale, and an upstream with scripted reads. */
class Value {
  readonly served: UpstreamErrorCode[] = [];
  reads = 0;
  stale: string | undefined;
  readonly #policy = new StaleIfError(
    { ...unobserved, servedStale: (code) => void this.served.push(code) },
    STALE_AFTER_MS,
  );

  read(read: () => Promise<string>, key = 'key'): Promise<string> {
    const counted = () => {
      this.reads++;
      return read();
    };
    return this.#policy.read(key, () => this.stale, counted);
  }
}

describe('StaleIfError, a successful read', () => {
  test.each([undefined, 'old'])('returns its value, with the stale value %s too', async (stale) => {
    const value = new Value();
    value.stale = stale;
    expect(await value.read(async () => 'new')).toBe('new');
    expect(value.served).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('StaleIfError, a failing read', () => {
  test('throws without a stale value', async () => {
    const value = new Value();
    await expect(value.read(() => failing())).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(value.served).toEqual([]);
  });

  test('serves the stale value, and reports the failure', async () => {
    const value = new Value();
    value.stale = 'old';
    expect(await value.read(() => failing('UPSTREAM_THROTTLED'))).toBe('old');
    expect(value.served).toEqual(['UPSTREAM_THROTTLED']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('serves a stale value that was stored during the read', async () => {
    const value = new Value();
    const read = () => {
      value.stale = 'old';
      return failing();
    };
    expect(await value.read(read)).toBe('old');
  });

  test('throws an error that is not the upstream’s, whatever is stale', async () => {
    const value = new Value();
    value.stale = 'old';
    await expect(value.read(() => Promise.reject(new RangeError('no page')))).rejects.toThrow('no page');
    expect(value.served).toEqual([]);
    expect(await value.read(async () => 'new')).toBe('new');
  });
});

describe('StaleIfError after a failure', () => {
  const failed = async () => {
    const value = new Value();
    value.stale = 'old';
    await value.read(() => failing());
    return value;
  };

  test('serves the stale value without waiting for a read', async () => {
    const value = await failed();
    vi.advanceTimersByTime(999);
    expect(await value.read(async () => 'new')).toBe('old');
    expect(value.reads).toBe(1);
    expect(value.served).toEqual(['UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE']);
  });

  test('retries in the background after one second, once per second', async () => {
    const value = await failed();
    vi.advanceTimersByTime(1000);
    const never = () => new Promise<string>(() => {});
    expect(await value.read(never)).toBe('old');
    expect(value.reads).toBe(2);
    vi.advanceTimersByTime(999);
    expect(await value.read(never)).toBe('old');
    expect(value.reads).toBe(2);
    vi.advanceTimersByTime(1);
    expect(await value.read(never)).toBe('old');
    expect(value.reads).toBe(3);
  });

  test('ends the failure state when a background read succeeds', async () => {
    const value = await failed();
    vi.advanceTimersByTime(1000);
    expect(await value.read(async () => 'new')).toBe('old');
    expect(await value.read(async () => 'newer')).toBe('newer');
    expect(value.reads).toBe(3);
  });

  test('continues with the new failure when a background read fails, without an unhandled rejection', async () => {
    const value = await failed();
    vi.advanceTimersByTime(1000);
    expect(await value.read(() => failing('UPSTREAM_DENIED'))).toBe('old');
    await vi.advanceTimersByTimeAsync(0);
    expect(await value.read(async () => 'new')).toBe('old');
    expect(value.served.at(-1)).toBe('UPSTREAM_DENIED');
  });

  test('reads at once when the stale value has expired', async () => {
    const value = await failed();
    value.stale = undefined;
    expect(await value.read(async () => 'new')).toBe('new');
    value.stale = 'newer';
    expect(await value.read(async () => 'newest')).toBe('newest');
  });

  test('reads other keys as if nothing had failed', async () => {
    const value = await failed();
    expect(await value.read(async () => 'new', 'other key')).toBe('new');
  });
});

describe('StaleIfError, a slow read', () => {
  test('waits without a stale value', async () => {
    const value = new Value();
    const { promise, resolve } = Promise.withResolvers<string>();
    const reading = value.read(() => promise);
    vi.advanceTimersByTime(10 * STALE_AFTER_MS);
    resolve('late');
    expect(await reading).toBe('late');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('serves the stale value after staleAfterMs, and not before', async () => {
    const value = new Value();
    value.stale = 'old';
    const reading = value.read(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(STALE_AFTER_MS - 1);
    expect(value.served).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await reading).toBe('old');
    expect(value.served).toEqual(['UPSTREAM_TIMEOUT']);
  });

  test('counts as a failure until the value arrives', async () => {
    const value = new Value();
    value.stale = 'old';
    const { promise, resolve } = Promise.withResolvers<string>();
    const reading = value.read(() => promise);
    await vi.advanceTimersByTimeAsync(STALE_AFTER_MS);
    await reading;
    expect(await value.read(async () => 'new')).toBe('old');
    expect(value.reads).toBe(1);
    expect(value.served).toEqual(['UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT']);
    resolve('late');
    await vi.advanceTimersByTimeAsync(0);
    expect(await value.read(async () => 'new')).toBe('new');
  });

  test('lets later reads wait a tenth of staleAfterMs until it ends', async () => {
    const value = new Value();
    value.stale = 'old';
    const reading = value.read(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(STALE_AFTER_MS);
    await reading;
    const second = value.read(() => new Promise(() => {}), 'second key');
    await vi.advanceTimersByTimeAsync(STALE_AFTER_MS / 10 - 1);
    expect(value.served).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await second).toBe('old');
    expect(value.served).toHaveLength(2);
  });

  test('does not delay later reads once it has ended', async () => {
    const value = new Value();
    value.stale = 'old';
    const { promise, reject } = Promise.withResolvers<string>();
    const reading = value.read(() => promise);
    await vi.advanceTimersByTimeAsync(STALE_AFTER_MS);
    await reading;
    reject(new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: 'made by the test' }));
    await vi.advanceTimersByTimeAsync(0);
    const second = value.read(() => new Promise(() => {}), 'second key');
    await vi.advanceTimersByTimeAsync(STALE_AFTER_MS - 1);
    expect(value.served).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await second).toBe('old');
  });

  test('throws UPSTREAM_TIMEOUT with the duration if the stale value has expired meanwhile', async () => {
    const value = new Value();
    value.stale = 'old';
    const reading = value.read(() => new Promise(() => {}));
    value.stale = undefined;
    const failure = expect(reading).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      detail: 'no response within 2000 ms',
    });
    await vi.advanceTimersByTimeAsync(STALE_AFTER_MS);
    await failure;
  });
});
