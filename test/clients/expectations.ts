import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import type { JobType } from '../../emulator/job.ts';
import type { CustomizedVoiceJobTypeFilter as ListType } from '../../examples/operations/generated/graphql.ts';
import { startGateway } from '../gateway-under-test.ts';
import { FULL } from '../runs.ts';
import { standing } from '../walks/walker.ts';

export type Direction = 'forwards' | 'backwards';
const DIRECTIONS: readonly Direction[] = ['forwards', 'backwards'];

/** Page size of every walk here. */
export const PAGE_SIZE = 10;

/** Upper limit of pages: a walk this long would never end. */
const TOO_MANY_PAGES = 100;

/** Called before each page but the first, with the id of the row whose cursor it uses. */
export type BeforePage = (cursorJobId: string | undefined) => void;

/** A client that reads a whole list page by page: returns the ids in list order. */
export type Walk = (
  url: string,
  type: ListType,
  direction: Direction,
  beforePage: BeforePage,
) => Promise<string[]>;

type Rows = readonly { readonly jobId: string }[];
export const idsOf = (rows: Rows) => rows.map(({ jobId }) => jobId);

/** The part of a list that a client with a cache has loaded so far. */
export interface Scroll extends Disposable {
  rows(): Rows;
  /** Rows of the watcher's last result. */
  shown(): Rows;
  readonly goesOn: boolean;
  more(): Promise<void>;
}

/** Loads all remaining pages and waits until the watcher has every row. */
export async function scrollToEnd(
  scroll: Scroll,
  direction: Direction,
  beforePage: BeforePage = () => {},
): Promise<string[]> {
  while (scroll.goesOn) {
    beforePage(idsOf(scroll.rows()).at(direction === 'forwards' ? -1 : 0));
    await scroll.more();
  }
  const ids = idsOf(scroll.rows());
  await expect.poll(() => idsOf(scroll.shown())).toEqual(ids);
  return ids;
}

const upstreamLists = (type: ListType): readonly JobType[] =>
  (({ BASIC: ['Basic'], STANDARD: ['Standard'], ALL: ['Basic', 'Standard'] }) as const)[type];

/** Ids of a list as the upstream has them now; for both lists newest first, Basic first within one second. */
export function truth(emulator: Emulator, type: ListType): string[] {
  const rows = upstreamLists(type).flatMap((list) => emulator.list(list));
  if (type === 'ALL') rows.sort((a, b) => Date.parse(b.CreateTime) - Date.parse(a.CreateTime));
  return rows.map(({ JobId }) => JobId);
}

/** Adds two jobs at the top of each upstream list of this type. */
export function twoArrive(emulator: Emulator, type: ListType): void {
  for (const list of upstreamLists(type)) emulator.insertMany(list, 2);
}

/** Expects each job that existed throughout exactly once, none twice, in list order. */
function expectNoDrift(emulator: Emulator, type: ListType, ids: readonly string[]): void {
  const seen = new Set(ids);
  const stood = upstreamLists(type).flatMap((list) => [...standing(emulator, list)]);
  const there = truth(emulator, type);
  const stillThere = new Set(there);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect(stood.length).toBeGreaterThan(100);
  expect(stood.filter((id) => !seen.has(id))).toEqual([]);
  expect(ids.filter((id) => stillThere.has(id))).toEqual(there.filter((id) => seen.has(id)));
}

/**
 * Lengths of the lists: the emulator's own with `RUNS=full`, else shorter ones that still take two upstream pages. The
 * work of clients' caches grows with the square of the length.
 */
const LISTS = { basicCount: FULL ? 271 : 137, standardCount: 42 } as const;

/**
 * Tests walks through the Basic jobs of {@link LISTS}, and through both editions, in an unchanging list and while jobs
 * arrive.
 */
export function describeWalks(walk: Walk): void {
  describe.each(DIRECTIONS)('%s', (direction) => {
    describe.each([
      ['BASIC', LISTS.basicCount],
      ['ALL', LISTS.basicCount + LISTS.standardCount],
    ] as const)('through %s with its %i jobs', (type, jobs) => {
      test('in an unchanging list: returns each job once, in order, in full pages', async () => {
        await using gateway = await startGateway({ emulator: LISTS });
        let pages = 1;
        const ids = await walk(`${gateway.origin}/graphql`, type, direction, () => void pages++);
        expect(ids).toEqual(truth(gateway.emulator, type));
        expect(ids).toHaveLength(jobs);
        expect(new Set(ids).size).toBe(jobs);
        expect(pages).toBe(Math.ceil(jobs / PAGE_SIZE));
      });

      test('while two jobs arrive before each page: returns each job once, in order, in full pages', async () => {
        await using gateway = await startGateway({ emulator: LISTS });
        const { emulator, origin } = gateway;
        const original = truth(emulator, type);
        let pages = 1;
        const ids = await walk(`${origin}/graphql`, type, direction, () => {
          if (++pages > TOO_MANY_PAGES) throw new Error('the walk does not end');
          twoArrive(emulator, type);
        });
        const isOriginal = new Set(original);
        expect(original).toHaveLength(jobs);
        expect(ids.filter((id) => isOriginal.has(id))).toEqual(original);
        expectNoDrift(emulator, type, ids);
        // A cache that drops repeated rows would hide them, but pages with fewer new rows would show.
        expect(pages).toBe(Math.ceil(ids.length / PAGE_SIZE));
      });
    });
  });
}

/** Tests walks through 137 jobs, and through 60 more, while the cursor's own row is deleted. */
export function describeWalksWithDeletions(walk: Walk): void {
  describe.each(DIRECTIONS)('%s', (direction) => {
    describe.each(['BASIC', 'ALL'] as const)('through %s', (type) => {
      test.each([
        'and none arrive',
        'and two jobs arrive before that',
        'and two jobs arrive after that',
      ] as const)("while before each third page the cursor's job is deleted, %s", async (arrivals) => {
        await using gateway = await startGateway({ emulator: { basicCount: 137, standardCount: 60 } });
        const { emulator, origin } = gateway;
        let pages = 1;
        const ids = await walk(`${origin}/graphql`, type, direction, (cursorJobId) => {
          if (++pages > TOO_MANY_PAGES) throw new Error('the walk does not end');
          if (arrivals === 'and two jobs arrive before that') twoArrive(emulator, type);
          if (pages % 3 === 0) emulator.remove(String(cursorJobId));
          if (arrivals === 'and two jobs arrive after that') twoArrive(emulator, type);
        });
        expect(pages).toBeGreaterThan(9);
        expectNoDrift(emulator, type, ids);
      });
    });
  });
}
