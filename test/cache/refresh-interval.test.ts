import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { PageCache } from '../../src/paging/page-cache.ts';
import { ImsClient } from '../../src/upstream/ims.ts';
import { jobSource } from '../../src/voice-jobs/job-list.ts';
import { rpcTo } from '../rpc-to.ts';
import { unobserved as observer } from '../unobserved.ts';

test('a page is never requested twice within one TTL, down to the resolution of the clock', async () => {
  const ttlMs = 40;
  await using emulator = Object.assign(await startEmulator(), {
    [Symbol.asyncDispose]: () => emulator.close(),
  });
  using rpc = rpcTo(emulator, observer);
  const direct = jobSource(new ImsClient(rpc), observer);
  const source = new PageCache(direct, { ttlMs, staleIfErrorMs: 0 }, 2500);

  const sentAt = new Set<number>();
  const patientUntil = performance.now() + 30_000;
  const readers = Array.from({ length: 100 }, async () => {
    while (sentAt.size < 20 && performance.now() < patientUntil) {
      sentAt.add((await source.page('Basic', { pageNo: 1, pageSize: 100 })).sentAt);
      await turn();
    }
  });
  await Promise.all(readers);

  const times = [...sentAt].sort((one, other) => one - other);
  expect(times.length).toBeGreaterThanOrEqual(20);
  expect(emulator.calls).toHaveLength(times.length);
  for (const [index, time] of times.slice(1).entries()) {
    expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(ttlMs);
  }
});
