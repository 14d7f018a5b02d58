import { expect, test } from 'vitest';
import { UpstreamError } from '../../src/errors.ts';
import { cachedCredentials } from '../../src/upstream/credentials.ts';

const keys = (accessKeyId: string) => ({ accessKeyId, accessKeySecret: 'secret' });

test('many at once cost one lookup', async () => {
  let lookups = 0;
  const credentials = cachedCredentials(async () => keys(`key-${++lookups}`));
  const got = await Promise.all(Array.from({ length: 50 }, () => credentials()));
  expect(new Set(got.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['key-1']));
  expect(lookups).toBe(1);
});

test('after a failure the next caller looks again', async () => {
  let lookups = 0;
  const credentials = cachedCredentials(async () => {
    if (++lookups === 1) throw new Error('nothing found');
    return keys('found');
  });
  await expect(credentials()).rejects.toThrow(UpstreamError);
  expect(await credentials()).toEqual(keys('found'));
});

test('old ones are used while new ones are looked up once, also when that fails', async () => {
  let lookups = 0;
  const credentials = cachedCredentials(async () => {
    lookups++;
    if (lookups === 2) throw new Error('for the moment');
    return keys(`key-${lookups}`);
  }, 0);
  expect(await credentials()).toEqual(keys('key-1'));
  expect(await Promise.all([credentials(), credentials()])).toEqual([keys('key-1'), keys('key-1')]);
  expect(lookups).toBe(2);
  await expect.poll(credentials).toEqual(keys('key-3'));
});
