import { expect, test } from 'vitest';
import {
  arrivals,
  expectPaced,
  jobIdsOf,
  readPage,
  repeatUntil,
  sent,
  startCaching,
  truth,
  untilOlderThan,
} from './asking.ts';

const TTL_MS = 300;
const SHORT = { ttlMs: TTL_MS, staleIfErrorMs: 0 };

test('a cached page shows a change of the list after the TTL, and not before', async () => {
  await using gateway = await startCaching(SHORT, 250);
  const before = truth(gateway).slice(0, 5);
  const askedAt = performance.now();
  expect(jobIdsOf(await readPage(gateway, { first: 5 }))).toEqual(before);
  const added = gateway.emulator.insertMany('Basic', 2).map(({ JobId }) => JobId);
  gateway.emulator.remove(before[1] ?? '');
  const after = [...added, before[0], before[2], before[3]];

  const news = await repeatUntil(
    async () => {
      const page = await readPage(gateway, { first: 5 });
      // A page requested after `askedAt` is fresh at least until then.
      if (performance.now() < askedAt + TTL_MS) expect(jobIdsOf(page)).toEqual(before);
      return page;
    },
    ({ totalCount }) => totalCount !== 250,
  );
  expect([news.totalCount, jobIdsOf(news)]).toEqual([251, after]);
  expect(sent(gateway)).toEqual(['Basic page 1 of 100', 'Basic page 1 of 100']);
});

test('a cached job shows its new status after the TTL', async () => {
  await using gateway = await startCaching(SHORT, 10);
  const [jobId = ''] = truth(gateway);
  const state = async () => (await readPage(gateway, { first: 1 })).edges[0]?.node.status;
  expect(await state()).toBe('INITIALIZATION');
  gateway.emulator.change(jobId, { Status: 'Training' });
  await repeatUntil(state, (status) => status === 'TRAINING');
  expect(sent(gateway)).toHaveLength(2);
});

test('a cursor finds its row on refreshed pages, however the list has moved', async () => {
  await using gateway = await startCaching(SHORT, 250);
  const jobIds = truth(gateway);
  const { pageInfo } = await readPage(gateway, { first: 60 });
  gateway.emulator.insertMany('Basic', 7);
  for (const gone of [10, 20, 59, 60, 150]) gateway.emulator.remove(jobIds[gone] ?? '');
  await untilOlderThan(TTL_MS);
  const page = await readPage(gateway, { first: 10, after: pageInfo.endCursor });
  expect(jobIdsOf(page)).toEqual(jobIds.slice(61, 71));
});

test('a walk over cached pages of different ages shows each row that stood throughout once', async () => {
  await using gateway = await startCaching(SHORT, 400);
  const standing = truth(gateway);
  await readPage(gateway, { last: 10 });
  const seen: string[] = [];
  let after: string | null = null;
  for (let pages = 0; ; pages++) {
    const page = await readPage(gateway, { first: 33, after });
    seen.push(...jobIdsOf(page));
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor;
    if (pages % 3 === 0) gateway.emulator.insertMany('Basic', 2);
    if (pages % 4 === 0) await untilOlderThan(TTL_MS);
  }
  expect(seen.filter((jobId) => standing.includes(jobId))).toEqual(standing);
  expect(new Set(seen).size).toBe(seen.length);
});

test('a page under constant load is read once per TTL', async () => {
  await using gateway = await startCaching(SHORT, 250);
  const startedAt = Date.now();
  await repeatUntil(
    () => readPage(gateway, { first: 10 }),
    () => gateway.emulator.calls.length === 4,
  );
  expectPaced(arrivals(gateway).get('Basic page 1 of 100') ?? [], startedAt, TTL_MS);
});
