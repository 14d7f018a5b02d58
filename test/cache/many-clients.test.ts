import { describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import {
  arrivals,
  askPage,
  edgeCursors,
  expectPaced,
  FOR_EVER,
  HELD_DEADLINE_MS,
  jobIdsOf,
  type PageArgs,
  readPage,
  sent,
  startBeside,
  startCaching,
  truth,
  whileHeld,
} from './asking.ts';

const CLIENTS = 100;
const TTL_MS = 200;
const SHORT = { ttlMs: TTL_MS, staleIfErrorMs: 0 };

/** 100 clients that request windows until each page was read `reads` times. */
async function askUntilRead(
  gateway: GatewayUnderTest,
  windows: readonly PageArgs[],
  { pages, reads }: { pages: number; reads: number },
): Promise<void> {
  const isDone = () => {
    const times = [...arrivals(gateway).values()];
    return times.length >= pages && times.every(({ length }) => length >= reads);
  };
  const patientUntil = performance.now() + 30_000;
  const ask = async (client: number) => {
    for (let request = client; !isDone() && performance.now() < patientUntil; request++) {
      await readPage(gateway, windows[request % windows.length] ?? {});
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, client) => ask(client)));
  expect(isDone()).toBe(true);
}

describe('a hundred concurrent clients', () => {
  test('that request the same window cause one upstream call', async () => {
    await using gateway = await startCaching(FOR_EVER);
    gateway.emulator.setLatencyMs(200);
    const pages = await Promise.all(Array.from({ length: CLIENTS }, () => readPage(gateway, { first: 10 })));
    for (const page of pages) expect(jobIdsOf(page)).toEqual(truth(gateway).slice(0, 10));
    expect(sent(gateway)).toEqual(['Basic page 1 of 100']);
  });

  test('that request different windows of one page cause one upstream call', async () => {
    await using gateway = await startCaching(FOR_EVER);
    gateway.emulator.setLatencyMs(200);
    const pages = await Promise.all(
      Array.from({ length: CLIENTS }, (_, client) => readPage(gateway, { first: client + 1 })),
    );
    for (const [index, page] of pages.entries()) {
      expect(jobIdsOf(page)).toEqual(truth(gateway).slice(0, index + 1));
    }
    expect(sent(gateway)).toEqual(['Basic page 1 of 100']);
  });

  test('share an error, and the next client causes a new call', async () => {
    await using gateway = await startGateway({
      emulator: { basicCount: 1000 },
      gateway: { cache: FOR_EVER, deadlineMs: HELD_DEADLINE_MS },
    });
    gateway.emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 }, { times: 1 });
    const answers = await whileHeld([gateway], CLIENTS, () =>
      Promise.all(Array.from({ length: CLIENTS }, () => askPage(gateway, { first: 10 }))),
    );
    expect(new Set(answers.map(({ errors }) => errors?.[0]?.extensions.code))).toEqual(
      new Set(['UPSTREAM_DENIED']),
    );
    expect(sent(gateway)).toHaveLength(1);
    expect(jobIdsOf(await readPage(gateway, { first: 10 }))).toHaveLength(10);
    expect(sent(gateway)).toHaveLength(2);
  });
});

describe('a hundred clients over several TTLs', () => {
  test('read each page once per TTL', async () => {
    await using gateway = await startCaching(SHORT);
    const top = await readPage(gateway, { first: 100 });
    const next = await readPage(gateway, { first: 100, after: top.pageInfo.endCursor });
    const cursorAt = (row: number) => next.edges[row - 100]?.cursor ?? null;
    // The first responses may still be fresh, so the clock starts at a read that is known to be later.
    gateway.emulator.resetCalls();
    const startedAt = Date.now();
    const windows: PageArgs[] = [
      { first: 10 },
      { first: 40 },
      { first: 30, after: cursorAt(120) },
      { first: 10, after: cursorAt(180) },
      { last: 20, before: cursorAt(199) },
    ];
    await askUntilRead(gateway, windows, { pages: 2, reads: 5 });
    const times = arrivals(gateway);
    expect([...times.keys()].sort()).toEqual(['Basic page 1 of 100', 'Basic page 2 of 100']);
    for (const arrivedAt of times.values()) expectPaced(arrivedAt, startedAt, TTL_MS);
  });

  test('read each page once per TTL from cursors at page edges', async () => {
    await using gateway = await startCaching(SHORT);
    const cursors = (await edgeCursors(gateway)).slice(0, 5);
    gateway.emulator.resetCalls();
    const startedAt = Date.now();
    const windows = cursors.map((after) => ({ first: 20, after }));
    await askUntilRead(gateway, windows, { pages: 5, reads: 5 });
    const times = arrivals(gateway);
    expect([...times.keys()].sort()).toEqual([2, 3, 4, 5, 6].map((n) => `Basic page ${n} of 100`));
    for (const arrivedAt of times.values()) expectPaced(arrivedAt, startedAt, TTL_MS);
  });
});

describe('regressions', () => {
  test('an unknown cursor at a page edge costs a hundred clients one extra call together', async () => {
    await using elsewhere = await startCaching(FOR_EVER);
    await using gateway = await startBeside(elsewhere, FOR_EVER);
    const { pageInfo } = await readPage(elsewhere, { first: 100 });
    elsewhere.emulator.resetCalls();
    elsewhere.emulator.setLatencyMs(200);
    const pages = await Promise.all(
      Array.from({ length: CLIENTS }, () => readPage(gateway, { first: 10, after: pageInfo.endCursor })),
    );
    for (const page of pages) expect(jobIdsOf(page)).toEqual(truth(elsewhere).slice(100, 110));
    expect(sent(elsewhere)).toEqual(['Basic page 2 of 100']);
  });
});
