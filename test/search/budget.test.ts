import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobRow } from '../../emulator/job.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { search } from './search-client.ts';

const JOBS = 5000;
const PAGES = JOBS / 100;
const NEWEST = Date.parse('2024-12-31T12:00:00Z');
const FIVE_YEARS = 5 * 365 * 86_400_000;
const vendorTime = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

let gateway: GatewayUnderTest;
let rows: readonly JobRow[];
beforeAll(async () => {
  gateway = await startGateway({ emulator: { basicCount: JOBS, standardCount: 0 } });
  rows = gateway.emulator.list('Basic');
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

test.each([
  ['forwards', 4990],
  ['backwards', 10],
] as const)(
  'a search %s finds one job of 5,000 by its cursors, with ten calls per request, and scans each row once',
  { timeout: 60_000 },
  async (direction, place) => {
    const isForwards = direction === 'forwards';
    const filter = { text: String(rows[place]?.JobId) };
    const found: string[] = [];
    let scanned = 0;
    let requests = 0;
    let cursor: string | null = null;
    for (let goesOn = true; goesOn; requests++) {
      const window = isForwards ? { first: 10, after: cursor } : { last: 10, before: cursor };
      const page = await search(gateway, { filter, type: 'BASIC', ...window });
      expect(page.calls).toBeLessThanOrEqual(10);
      found.push(...page.ids);
      scanned += page.scannedCount;
      cursor = isForwards ? page.info.endCursor : page.info.startCursor;
      goesOn = isForwards ? page.info.hasNextPage : page.info.hasPreviousPage;
    }
    expect([found, scanned]).toEqual([[rows[place]?.JobId], JOBS]);
    expect(requests).toBeLessThanOrEqual(isForwards ? 5 : 7);
  },
);

test('the match count of a long list is null until cached pages and ten calls cover all of it', async () => {
  await using cached = await startGateway({
    emulator: { basicCount: 1500, standardCount: 0 },
    gateway: { cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 } },
  });
  const filter = { status: ['FAIL'] };
  const failed = cached.emulator.list('Basic').filter(({ Status }) => Status === 'Fail').length;
  const ask = (first: number) => search(cached, { filter, type: 'BASIC', first }, true);
  expect(await ask(5)).toMatchObject({ matchCount: null, scannedCount: 1000, calls: 10 });
  expect(await ask(6)).toMatchObject({ matchCount: failed, scannedCount: 1500, calls: 5 });
  expect(await ask(7)).toMatchObject({ matchCount: failed, scannedCount: 1500, calls: 0 });
});

/** Distributions of the jobs over five years: maps an index, 0 for the newest, to an age; both as fractions. */
const SPREADS: Record<string, (part: number) => number> = {
  evenly: (part) => part,
  'mostly over the last months': (part) => part ** 4,
  'mostly over the first months': (part) => part ** 0.25,
  'in twenty bursts': (part) => (Math.floor(part * 20) + (part * 20 - Math.floor(part * 20)) ** 9) / 20,
};

describe.each(Object.entries(SPREADS))(
  'a search by time range, with jobs spread %s over five years',
  (_, spread) => {
    test('for one day of five years takes at most log2(pages) calls and the pages of that day', {
      timeout: 60_000,
    }, async () => {
      await using long = await startGateway({ emulator: { basicCount: 0, standardCount: 0 } });
      long.emulator.replace(
        'Basic',
        rows.map((row, index) => ({
          ...row,
          CreateTime: vendorTime(NEWEST - spread(index / JOBS) * FIVE_YEARS),
        })),
      );
      const stored = long.emulator.list('Basic');
      for (let day = 3; day < 5 * 365; day += 61) {
        const from = NEWEST - day * 86_400_000;
        const filter = { createdFrom: vendorTime(from), createdBefore: vendorTime(from + 86_400_000) };
        const wanted = stored.filter(
          ({ CreateTime }) => Date.parse(CreateTime) >= from && Date.parse(CreateTime) < from + 86_400_000,
        );
        const touched = new Set(wanted.map((row) => Math.floor(stored.indexOf(row) / 100)));
        for (const window of [{ first: 100 }, { last: 100 }]) {
          const page = await search(long, { filter, type: 'BASIC', ...window });
          expect(page.ids).toEqual(wanted.slice(0, 100).map(({ JobId }) => JobId));
          expect(page.calls).toBeLessThanOrEqual(Math.ceil(Math.log2(PAGES)) + Math.max(1, touched.size));
        }
      }
    });
  },
);
