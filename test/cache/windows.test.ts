import { describe, expect, test } from 'vitest';
import type { Call } from '../../emulator/calls.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';
import {
  ask,
  edgeCursors,
  FOR_EVER,
  jobIdsOf,
  readPage,
  type SeenPage,
  sent,
  startBeside,
  startCaching,
  truth,
  walk,
} from './asking.ts';

const cursorAt = (page: SeenPage, row: number) => page.edges[row]?.cursor ?? null;

test('overlapping windows share one upstream call', async () => {
  await using gateway = await startCaching(FOR_EVER);
  const jobIds = truth(gateway);
  const top = await readPage(gateway, { first: 100 });
  expect(jobIdsOf(top)).toEqual(jobIds.slice(0, 100));
  for (const [page, rows] of [
    [await readPage(gateway, { first: 10 }), [0, 10]],
    [await readPage(gateway, { first: 30, after: cursorAt(top, 19) }), [20, 50]],
    [await readPage(gateway, { first: 30, after: cursorAt(top, 69) }), [70, 100]],
    [await readPage(gateway, { last: 20, before: cursorAt(top, 50) }), [30, 50]],
    [await readPage(gateway, { last: 100, before: cursorAt(top, 99) }), [0, 99]],
  ] as const) {
    expect(jobIdsOf(page)).toEqual(jobIds.slice(...rows));
  }
  expect(sent(gateway)).toEqual(['Basic page 1 of 100']);
});

test('a window across two grid pages costs one call for the page that is missing', async () => {
  await using gateway = await startCaching(FOR_EVER);
  const top = await readPage(gateway, { first: 95 });
  const across = await readPage(gateway, { first: 10, after: cursorAt(top, 94) });
  expect(jobIdsOf(across)).toEqual(truth(gateway).slice(95, 105));
  expect(sent(gateway)).toEqual(['Basic page 1 of 100', 'Basic page 2 of 100']);
});

describe('a forward walk with a cache', () => {
  test('by ten rows costs one call per hundred rows, and later walks cost none', async () => {
    const first = 10;
    await using gateway = await startCaching(FOR_EVER);
    expect(await walk(gateway, { first })).toEqual(truth(gateway));
    expect(sent(gateway)).toEqual(Array.from({ length: 10 }, (_, n) => `Basic page ${n + 1} of 100`));
    gateway.emulator.resetCalls();
    for (const again of [first, 100, 41]) {
      expect(await walk(gateway, { first: again })).toEqual(truth(gateway));
    }
    expect(sent(gateway)).toEqual([]);
  });

  test('costs one call per hundred rows, whatever the page size and the length of the list', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.integer({ min: 0, max: 450 }), fc.constantFrom(0, 1, 99, 100, 101, 200, 300)),
        fc.integer({ min: 5, max: 100 }),
        async (jobs, first) => {
          await using gateway = await startCaching(FOR_EVER, jobs);
          expect(await walk(gateway, { first })).toEqual(truth(gateway));
          expect(sent(gateway)).toHaveLength(Math.max(1, Math.ceil(jobs / 100)));
        },
      ),
      { numRuns: runs(40) },
    );
  });
});

test('a second backward walk by ten rows costs no call', async () => {
  const last = 10;
  await using gateway = await startCaching(FOR_EVER);
  expect(await walk(gateway, { last })).toEqual(truth(gateway));
  gateway.emulator.resetCalls();
  expect(await walk(gateway, { last })).toEqual(truth(gateway));
  expect(sent(gateway)).toEqual([]);
});

describe('a cursor at a page edge, whose own row is not on the next page', () => {
  test('costs no extra call on the gateway that made it', async () => {
    await using gateway = await startCaching(FOR_EVER);
    const cursors = await edgeCursors(gateway);
    gateway.emulator.resetCalls();
    for (const [index, after] of cursors.entries()) {
      const start = 100 * (index + 1);
      const page = await readPage(gateway, { first: 25, after });
      expect(jobIdsOf(page)).toEqual(truth(gateway).slice(start, start + 25));
    }
    expect(cursors).toHaveLength(10);
    expect(sent(gateway)).toEqual([]);
  });

  test('costs one extra call, once, on a gateway that does not know when it was made', async () => {
    await using elsewhere = await startCaching(FOR_EVER, 200);
    await using gateway = await startCaching(FOR_EVER, 200);
    const [after] = await edgeCursors(elsewhere);
    await readPage(gateway, { last: 10 });
    expect(sent(gateway)).toContain('Basic page 2 of 100');
    gateway.emulator.resetCalls();
    for (let request = 0; request < 3; request++) {
      const page = await readPage(gateway, { first: 10, after: after ?? null });
      expect(jobIdsOf(page)).toEqual(truth(gateway).slice(100, 110));
    }
    expect(sent(gateway)).toEqual(['Basic page 2 of 100']);
  });
});

test('a total alone costs no call beside a cached page, and one call of PageSize 1 otherwise', async () => {
  await using gateway = await startCaching(FOR_EVER, 271);
  const total = async () => (await ask(gateway, '{ customizedVoiceJobs { totalCount } }')).data;
  for (let request = 0; request < 3; request++) {
    expect(await total()).toEqual({ customizedVoiceJobs: { totalCount: 271 } });
  }
  expect(sent(gateway)).toEqual(['Basic page 1 of 1']);

  await using other = await startCaching(FOR_EVER, 271);
  await readPage(other, { first: 10 });
  expect((await ask(other, '{ customizedVoiceJobs { totalCount } }')).data.customizedVoiceJobs).toEqual({
    totalCount: 271,
  });
  expect(sent(other)).toEqual(['Basic page 1 of 100']);
});

test('lists of different types share no pages, and ALL needs no pages besides theirs', async () => {
  await using gateway = await startCaching(FOR_EVER, 42);
  const [basic, standard] = [
    await readPage(gateway, { type: 'BASIC', first: 10 }),
    await readPage(gateway, { type: 'STANDARD', first: 10 }),
  ];
  expect(new Set(basic.edges.map(({ node }) => node.type))).toEqual(new Set(['BASIC']));
  expect(new Set(standard.edges.map(({ node }) => node.type))).toEqual(new Set(['STANDARD']));
  expect(jobIdsOf(basic)).toEqual(truth(gateway).slice(0, 10));
  expect(jobIdsOf(standard)).toEqual(truth(gateway, 'Standard').slice(0, 10));
  expect(await walk(gateway, { type: 'ALL', first: 10 })).toHaveLength(84);
  expect(sent(gateway)).toEqual(['Basic page 1 of 100', 'Standard page 1 of 100']);
});

test('with a TTL of 0 every request reads its pages', async () => {
  const off = { cache: { ttlMs: 0, staleIfErrorMs: 60_000 } };
  await using gateway: GatewayUnderTest = await startGateway({ gateway: off });
  const [jobId = ''] = truth(gateway);
  for (let request = 0; request < 2; request++) {
    await readPage(gateway, { first: 10 });
    await gateway.ask('{ customizedVoiceJobs(first: 10) { nodes { jobId } } }');
    await gateway.ask(`{ customizedVoiceJob(jobId: "${jobId}") { jobId } }`);
    await gateway.ask('{ customizedVoiceJob(jobId: "none") { jobId } }');
    await gateway.ask('{ customizedVoiceJobs { totalCount } }');
  }
  const each = ['Basic page 1 of 10', 'Basic page 1 of 10', jobId, 'none', 'Basic page 1 of 1'];
  expect(sent(gateway)).toEqual([...each, ...each]);
  gateway.emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 });
  const { errors } = await gateway.ask('{ customizedVoiceJobs(first: 10) { nodes { jobId } } }');
  expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_THROTTLED');
});

test('a total that was requested earlier but arrived later does not replace a newer one', async () => {
  await using gateway = await startCaching(FOR_EVER);
  const { emulator } = gateway;
  const isPage = ({ params }: Call) => params.PageSize === '100';
  // The emulator reads the list when it responds; this page has the state at the time of the request.
  emulator.setLatencyMs((call) => (isPage(call) ? 1000 : 0));
  emulator.rewritePage(({ totalCount, rows }, call) => ({
    totalCount: isPage(call) ? 1000 : totalCount,
    rows,
  }));
  const page = readPage(gateway, { first: 100 });
  await expect.poll(() => sent(gateway)).toHaveLength(1);
  emulator.insertMany('Basic', 5);
  const total = async () =>
    (await ask(gateway, '{ customizedVoiceJobs { totalCount } }')).data.customizedVoiceJobs.totalCount;
  expect(await total()).toBe(1005);
  expect((await page).totalCount).toBe(1000);
  expect(await total()).toBe(1005);
});

test('the least recently used pages are evicted when long texts fill the memory', async () => {
  await using gateway = await startCaching(FOR_EVER, 2000);
  const rows = gateway.emulator.list('Basic');
  // A page counts as about 2 MB, so 32 MiB hold about sixteen of the twenty.
  gateway.emulator.replace(
    'Basic',
    rows.map((row) => ({ ...row, VoiceDesc: 'x'.repeat(10_000) })),
  );
  await walk(gateway, { first: 100 });
  expect(sent(gateway)).toHaveLength(20);
  await readPage(gateway, { last: 10 });
  expect(sent(gateway)).toHaveLength(20);
  await readPage(gateway, { first: 10 });
  expect(sent(gateway)).toHaveLength(21);
});

describe('regressions', () => {
  test('an unknown cursor at a page edge costs one call, not two', async () => {
    await using elsewhere = await startCaching(FOR_EVER);
    await using gateway = await startBeside(elsewhere, FOR_EVER);
    const { pageInfo } = await readPage(elsewhere, { first: 100 });
    elsewhere.emulator.resetCalls();
    for (let request = 0; request < 2; request++) {
      const page = await readPage(gateway, { first: 10, after: pageInfo.endCursor });
      expect(jobIdsOf(page)).toEqual(truth(elsewhere).slice(100, 110));
    }
    expect(sent(elsewhere)).toEqual(['Basic page 2 of 100']);
  });

  test('a walk through ALL by fifty rows reads each page once', async () => {
    const first = 50;
    await using gateway = await startCaching(FOR_EVER, 1000, { standardCount: 1000 });
    const jobIds = await walk(gateway, { type: 'ALL', first });
    const [basic, standard] = [truth(gateway, 'Basic'), truth(gateway, 'Standard')];
    expect(jobIds.filter((jobId) => basic.includes(jobId))).toEqual(basic);
    expect(jobIds.filter((jobId) => standard.includes(jobId))).toEqual(standard);
    expect(jobIds).toHaveLength(2000);
    expect(sent(gateway)).toHaveLength(20);
  });
});
