import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import type { JobType } from '../../emulator/job.ts';
import type { CustomizedVoiceJobTypeFilter as ListType } from '../../examples/operations/generated/graphql.ts';
import { startGateway } from '../gateway-under-test.ts';
import { FULL } from '../runs.ts';
import { standing } from '../walks/walker.ts';

export type Direction = 'forwards' | 'backwards';
const DIRECTIONS: readonly Direction[] = ['forwards', 'backwards'];

/** Rows that every walk here asks for at once. */
export const PAGE_SIZE = 10;

/** More pages than any of these walks has; a walk this long would go on for ever. */
const TOO_MANY_PAGES = 100;

/** Called before each page but the first, with the id of the row from which that page is asked for. */
export type BeforePage = (cursorJobId: string | undefined) => void;

/** A client reading a whole list, page by page: the ids it ends with, in the order of the list. */
export type Walk = (
  url: string,
  type: ListType,
  direction: Direction,
  beforePage: BeforePage,
) => Promise<string[]>;

type Rows = readonly { readonly jobId: string }[];
export const idsOf = (rows: Rows) => rows.map(({ jobId }) => jobId);

/** The part of a list that a client with a cache has loaded, page after page. */
export interface Scroll extends Disposable {
  rows(): Rows;
  /** What a watcher of the list was told last. */
  shown(): Rows;
  readonly goesOn: boolean;
  more(): Promise<void>;
}

/** Loads every page that is left. In the end the watcher has been told of every row. */
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

/** The ids of a list as the upstream has them now; of both: newest first, of one second the Basic ones first. */
export function truth(emulator: Emulator, type: ListType): string[] {
  const rows = upstreamLists(type).flatMap((list) => emulator.list(list));
  if (type === 'ALL') rows.sort((a, b) => Date.parse(b.CreateTime) - Date.parse(a.CreateTime));
  return rows.map(({ JobId }) => JobId);
}

/** Two new jobs come in on top of each upstream list of this type. */
export function twoArrive(emulator: Emulator, type: ListType): void {
  for (const list of upstreamLists(type)) emulator.insertMany(list, 2);
}

/** What must hold after any walk: each job that stood throughout once, none twice, all in the order of the list. */
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
 * Jobs of the lists that are walked: the emulator's own with `RUNS=full`, else fewer, which still take two upstream pages of a
 * hundred. What the caches of clients do grows with the square of the length.
 */
const LISTS = { basicCount: FULL ? 271 : 137, standardCount: 42 } as const;

/** Walks the Basic jobs of {@link LISTS}, and these with its Standard jobs, at rest and while jobs arrive. */
export function describeWalks(walk: Walk): void {
  describe.each(DIRECTIONS)('%s', (direction) => {
    describe.each([
      ['BASIC', LISTS.basicCount],
      ['ALL', LISTS.basicCount + LISTS.standardCount],
    ] as const)('through %s with its %i jobs', (type, jobs) => {
      test('at rest: each once, in order, in full pages', async () => {
        await using gateway = await startGateway({ emulator: LISTS });
        let pages = 1;
        const ids = await walk(`${gateway.origin}/graphql`, type, direction, () => void pages++);
        expect(ids).toEqual(truth(gateway.emulator, type));
        expect(ids).toHaveLength(jobs);
        expect(new Set(ids).size).toBe(jobs);
        expect(pages).toBe(Math.ceil(jobs / PAGE_SIZE));
      });

      test('while two jobs arrive before each page: each once, in order, in full pages', async () => {
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
        // A cache that drops repeated rows would hide them, but not that a page brought fewer new ones.
        expect(pages).toBe(Math.ceil(ids.length / PAGE_SIZE));
      });
    });
  });
}

/** Walks 137 jobs, and these with 60 more, while the very row that a page is asked from is deleted. */
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
