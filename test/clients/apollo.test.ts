import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { standing } from '../walks/walker.ts';
import { type CachedJob, createClient, type ListType, type Scroll, startScroll } from './apollo-scroll.ts';

/** Seeded jobs: 14 pages of the Basic list, 20 of both. */
const COUNTS = { basicCount: 137, standardCount: 60 };

/** More pages than any of these walks has; a walk this long would go on for ever. */
const TOO_MANY_PAGES = 100;

/** What happens before a fetchMore; `page` is the number of the page about to be fetched, `scroll` where it stands. */
type Mutation = (emulator: Emulator, page: number, scroll: Scroll) => void;

const insertBasic: Mutation = (emulator) => void emulator.insertMany('Basic', 2);
const insertBoth: Mutation = (emulator) => {
  emulator.insertMany('Basic', 2);
  emulator.insertMany('Standard', 2);
};
const removeCursorJob: Mutation = (emulator, page, { cursorJobId }) => {
  if (page % 3 === 0 && cursorJobId !== undefined) emulator.remove(cursorJobId);
};
const all =
  (...mutations: readonly Mutation[]): Mutation =>
  (...args) => {
    for (const mutation of mutations) mutation(...args);
  };
const nothing: Mutation = () => {};

async function scrollToEnd(gateway: GatewayUnderTest, scroll: Scroll, mutate: Mutation): Promise<number> {
  let pages = 1;
  for (; scroll.goesOn && pages < TOO_MANY_PAGES; pages++) {
    mutate(gateway.emulator, pages + 1, scroll);
    await scroll.more();
  }
  expect(scroll.goesOn).toBe(false);
  return pages;
}

const idsOf = (rows: readonly CachedJob[]) => rows.map(({ jobId }) => jobId);
const repeated = (ids: readonly string[]) => ids.filter((id, index) => ids.indexOf(id) !== index);

/** The ids of both lists as one: newest first, of one second the Basic ones first. */
function truth(emulator: Emulator, type: ListType): string[] {
  if (type !== 'ALL') return emulator.list(type === 'BASIC' ? 'Basic' : 'Standard').map((row) => row.JobId);
  return [...emulator.list('Basic'), ...emulator.list('Standard')]
    .sort((a, b) => Date.parse(b.CreateTime) - Date.parse(a.CreateTime))
    .map((row) => row.JobId);
}

/** What must hold of the cache after any walk, at rest or not. */
async function expectNoDrift({ emulator }: GatewayUnderTest, type: ListType, scroll: Scroll): Promise<void> {
  const ids = idsOf(scroll.rows());
  const seen = new Set(ids);
  const stood = [...standing(emulator, type === 'ALL' ? 'All' : 'Basic')];
  expect(repeated(ids)).toEqual([]);
  expect(stood.length).toBeGreaterThan(100);
  expect(stood.filter((id) => !seen.has(id))).toEqual([]);
  const there = truth(emulator, type);
  expect(ids.filter((id) => there.includes(id))).toEqual(there.filter((id) => seen.has(id)));
  // The watcher is told in a later turn of the event loop.
  await expect.poll(() => idsOf(scroll.shown())).toEqual(ids);
}

describe.each(['forwards', 'backwards'] as const)('Apollo Client scrolling %s', (direction) => {
  describe.each([
    ['BASIC', 137, insertBasic],
    ['ALL', 197, insertBoth],
  ] as const)('through %s', (type, jobs, insert) => {
    test(`at rest: ${jobs} jobs in order, each once`, async () => {
      await using gateway = await startGateway({ emulator: COUNTS });
      using scroll = await startScroll(createClient(gateway.origin), type, direction);
      const pages = await scrollToEnd(gateway, scroll, nothing);
      expect(pages).toBe(Math.ceil(jobs / 10));
      expect(scroll.rows()).toHaveLength(jobs);
      expect(idsOf(scroll.rows())).toEqual(truth(gateway.emulator, type));
      await expectNoDrift(gateway, type, scroll);
      const times = scroll.rows().map(({ createTime }) => Date.parse(createTime));
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    });

    test('with new jobs before each fetchMore', async () => {
      await using gateway = await startGateway({ emulator: COUNTS });
      const original = truth(gateway.emulator, type);
      using scroll = await startScroll(createClient(gateway.origin), type, direction);
      await scrollToEnd(gateway, scroll, insert);
      const ids = idsOf(scroll.rows());
      expect(original).toHaveLength(jobs);
      expect(ids.filter((id) => original.includes(id))).toEqual(original);
      await expectNoDrift(gateway, type, scroll);
    });

    test.each([
      ['alone', removeCursorJob],
      ['and new jobs before each', all(insert, removeCursorJob)],
      ['and new jobs after it', all(removeCursorJob, insert)],
    ] as const)("with the cursor's job deleted before each third fetchMore %s", async (_, mutate) => {
      await using gateway = await startGateway({ emulator: COUNTS });
      using scroll = await startScroll(createClient(gateway.origin), type, direction);
      const pages = await scrollToEnd(gateway, scroll, mutate);
      expect(pages).toBeGreaterThan(9);
      await expectNoDrift(gateway, type, scroll);
    });
  });
});

test('lists of different types do not mix in one cache', async () => {
  await using gateway = await startGateway({ emulator: COUNTS });
  const client = createClient(gateway.origin);
  const types = ['BASIC', 'STANDARD', 'ALL'] as const;
  const scrolls = await Promise.all(types.map((type) => startScroll(client, type, 'forwards')));
  while (scrolls.some((scroll) => scroll.goesOn)) {
    await Promise.all(scrolls.filter((scroll) => scroll.goesOn).map((scroll) => scroll.more()));
  }
  for (const [index, type] of types.entries()) {
    expect(idsOf(scrolls[index]?.rows() ?? [])).toEqual(truth(gateway.emulator, type));
  }
  for (const scroll of scrolls) scroll[Symbol.dispose]();
});
