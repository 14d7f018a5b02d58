import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UpstreamError, type UpstreamErrorCode } from '../../src/errors.ts';
import { StaleIfError } from '../../src/paging/stale-if-error.ts';
import { unobserved } from '../unobserved.ts';

/** How long a read may take before it counts as failed, in milliseconds. */
const PATIENCE_MS = 2000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const failing = (code: UpstreamErrorCode = 'UPSTREAM_UNAVAILABLE') =>
  Promise.reject(new UpstreamError(code, { detail: 'made by the test' }));

/** A value under one key that may be stale, and an upstream whose next reads are scripted. */
class Value {
  readonly served: UpstreamErrorCode[] = [];
  reads = 0;
  stale: string | undefined;
  readonly #policy = new StaleIfError(
    { ...unobserved, servedStale: (code) => void this.served.push(code) },
    PATIENCE_MS,
  );

  read(read: () => Promise<string>, key = 'key'): Promise<string> {
    const counted = () => {
      this.reads++;
      return read();
    };
    return this.#policy.read(key, () => this.stale, counted);
  }
}

describe('a read that succeeds', () => {
  test.each([undefined, 'old'])('gives its value, also beside the stale value %s', async (stale) => {
    const value = new Value();
    value.stale = stale;
    expect(await value.read(async () => 'new')).toBe('new');
    expect(value.served).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a read that fails', () => {
  test('fails where there is no stale value', async () => {
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

  test('serves a stale value that came while it was being read', async () => {
    const value = new Value();
    const read = () => {
      value.stale = 'old';
      return failing();
    };
    expect(await value.read(read)).toBe('old');
  });

  test('fails with an error that is not the fault of the upstream, whatever is stale', async () => {
    const value = new Value();
    value.stale = 'old';
    await expect(value.read(() => Promise.reject(new RangeError('no page')))).rejects.toThrow('no page');
    expect(value.served).toEqual([]);
    expect(await value.read(async () => 'new')).toBe('new');
  });
});

describe('after a failure', () => {
  const failed = async () => {
    const value = new Value();
    value.stale = 'old';
    await value.read(() => failing());
    return value;
  };

  test('the stale value is served without a read', async () => {
    const value = await failed();
    vi.advanceTimersByTime(999);
    expect(await value.read(async () => 'new')).toBe('old');
    expect(value.reads).toBe(1);
    expect(value.served).toEqual(['UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE']);
  });

  test('it is read again in the background after a second, once in a second', async () => {
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

  test('a read in the background that succeeds ends the state of failure', async () => {
    const value = await failed();
    vi.advanceTimersByTime(1000);
    expect(await value.read(async () => 'new')).toBe('old');
    expect(await value.read(async () => 'newer')).toBe('newer');
    expect(value.reads).toBe(3);
  });

  test('a read in the background that fails goes on with its own failure, and throws nothing', async () => {
    const value = await failed();
    vi.advanceTimersByTime(1000);
    expect(await value.read(() => failing('UPSTREAM_DENIED'))).toBe('old');
    await vi.advanceTimersByTimeAsync(0);
    expect(await value.read(async () => 'new')).toBe('old');
    expect(value.served.at(-1)).toBe('UPSTREAM_DENIED');
  });

  test('it is read at once when the stale value is gone', async () => {
    const value = await failed();
    value.stale = undefined;
    expect(await value.read(async () => 'new')).toBe('new');
    value.stale = 'newer';
    expect(await value.read(async () => 'newest')).toBe('newest');
  });

  test('another value is read as if nothing had failed', async () => {
    const value = await failed();
    expect(await value.read(async () => 'new', 'other key')).toBe('new');
  });
});

describe('a read that takes long', () => {
  test('is waited for where there is no stale value', async () => {
    const value = new Value();
    const { promise, resolve } = Promise.withResolvers<string>();
    const reading = value.read(() => promise);
    vi.advanceTimersByTime(10 * PATIENCE_MS);
    resolve('late');
    expect(await reading).toBe('late');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('serves the stale value when the patience is over, and not before', async () => {
    const value = new Value();
    value.stale = 'old';
    const reading = value.read(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(value.served).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await reading).toBe('old');
    expect(value.served).toEqual(['UPSTREAM_TIMEOUT']);
  });

  test('counts as a failure, until its value comes', async () => {
    const value = new Value();
    value.stale = 'old';
    const { promise, resolve } = Promise.withResolvers<string>();
    const reading = value.read(() => promise);
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    await reading;
    expect(await value.read(async () => 'new')).toBe('old');
    expect(value.reads).toBe(1);
    expect(value.served).toEqual(['UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT']);
    resolve('late');
    await vi.advanceTimersByTimeAsync(0);
    expect(await value.read(async () => 'new')).toBe('new');
  });

  test('makes those that follow wait a tenth of the patience, until it ends', async () => {
    const value = new Value();
    value.stale = 'old';
    const reading = value.read(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    await reading;
    const second = value.read(() => new Promise(() => {}), 'second key');
    await vi.advanceTimersByTimeAsync(PATIENCE_MS / 10 - 1);
    expect(value.served).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await second).toBe('old');
    expect(value.served).toHaveLength(2);
  });

  test('costs those that follow nothing any more when it has ended', async () => {
    const value = new Value();
    value.stale = 'old';
    const { promise, reject } = Promise.withResolvers<string>();
    const reading = value.read(() => promise);
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    await reading;
    reject(new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: 'made by the test' }));
    await vi.advanceTimersByTimeAsync(0);
    const second = value.read(() => new Promise(() => {}), 'second key');
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(value.served).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await second).toBe('old');
  });

  test('is told as a timeout with the patience where the stale value is gone by then', async () => {
    const value = new Value();
    value.stale = 'old';
    const reading = value.read(() => new Promise(() => {}));
    value.stale = undefined;
    const failure = expect(reading).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      detail: 'no response within 2000 ms',
    });
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    await failure;
  });
});
