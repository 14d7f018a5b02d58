import { expect, onTestFinished, test, vi } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { CredentialCache } from '../../src/upstream/credential-cache.ts';

const keys = (accessKeyId: string) => ({ accessKeyId, accessKeySecret: 'secret' });

test('concurrent callers of the CredentialCache share one lookup', async () => {
  let lookups = 0;
  const credentials = new CredentialCache(async () => keys(`key-${++lookups}`));
  const got = await Promise.all(Array.from({ length: 50 }, async () => credentials.get()));
  expect(new Set(got.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['key-1']));
  expect(lookups).toBe(1);
});

test('after a failed lookup, the next caller starts another one', async () => {
  let lookups = 0;
  const credentials = new CredentialCache(async () => {
    if (++lookups === 1) throw new Error('nothing found');
    return keys('found');
  });
  await expect(credentials.get()).rejects.toThrow(UpstreamError);
  expect(await credentials.get()).toEqual(keys('found'));
});

test('old credentials are used during a single refresh, even if it fails', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let lookups = 0;
  const credentials = new CredentialCache(async () => {
    lookups++;
    if (lookups === 2) throw new Error('for the moment');
    return keys(`key-${lookups}`);
  });
  expect(await credentials.get()).toEqual(keys('key-1'));
  vi.advanceTimersByTime(60_000);
  expect(await Promise.all([credentials.get(), credentials.get()])).toEqual([keys('key-1'), keys('key-1')]);
  expect(lookups).toBe(2);
  await expect.poll(() => credentials.get()).toEqual(keys('key-3'));
});

test('cached credentials are returned synchronously; after a rejection, the next caller looks new ones up', async () => {
  let lookups = 0;
  const credentials = new CredentialCache(async () => keys(`key-${++lookups}`));
  const first = await credentials.get();
  expect(credentials.get()).toBe(first);
  credentials.reject(first);
  expect(await credentials.get()).toEqual(keys('key-2'));
  credentials.reject(first);
  expect(credentials.get()).toEqual(keys('key-2'));
  expect(lookups).toBe(2);
});
