import { expect, test } from 'vitest';
import { SearchReader } from '../../console/src/filter/search-reader.ts';
import { fc, runs } from '../runs.ts';

interface Job {
  readonly id: string;
  matches: boolean;
}

/** A list as the gateway searches it: newest first, at most `budget` rows examined per page. */
class SearchedList {
  jobs: Job[] = [];
  readonly budget: number;
  /** How often each job was examined. */
  readonly looked = new Map<string, number>();
  #made = 0;

  constructor(pattern: readonly boolean[], budget: number) {
    this.budget = budget;
    for (const matches of pattern.toReversed()) this.insert(matches);
  }

  insert(matches: boolean): void {
    this.#made += 1;
    this.jobs.unshift({ id: `job ${this.#made}`, matches });
  }

  get matching(): string[] {
    return this.jobs.filter(({ matches }) => matches).map(({ id }) => id);
  }

  readonly source = {
    read: async (first: number, after: string | null) => {
      const rows: Job[] = [];
      const from = after === null ? 0 : this.jobs.findIndex(({ id }) => id === after) + 1;
      let at = from;
      for (; at < this.jobs.length && at - from < this.budget && rows.length < first; at++) {
        const job = this.jobs[at] as Job;
        this.looked.set(job.id, (this.looked.get(job.id) ?? 0) + 1);
        if (job.matches) rows.push(job);
      }
      return {
        rows: rows.map(({ id }) => ({ id, cursor: id })),
        hasNext: at < this.jobs.length,
        endCursor: this.jobs[at - 1]?.id ?? null,
        scanned: at - from,
        total: this.jobs.length,
      };
    },
    count: async () => (this.jobs.length <= this.budget ? this.matching.length : null),
  };
}

/** Resolves when the reader is idle and its count has arrived. */
async function rest(reader: SearchReader): Promise<void> {
  do await new Promise(setImmediate);
  while (reader.snapshot().busy);
}

const shown = (reader: SearchReader) =>
  reader
    .snapshot()
    .list.segments.flatMap(({ rows }) => rows)
    .map(({ id }) => id);

const pattern = fc.array(fc.boolean(), { maxLength: 400 });
const budget = fc.integer({ min: 1, max: 300 });

test('continuing a search finds each match once, in order, and examines each row once', async () => {
  await fc.assert(
    fc.asyncProperty(pattern, budget, async (matches, budget) => {
      const list = new SearchedList(matches, budget);
      const reader = new SearchReader(list.source);
      reader.load(0, 1);
      await rest(reader);
      for (let rounds = 0; ; rounds++) {
        expect(rounds).toBeLessThan(1000);
        const { search, list: known } = reader.snapshot();
        const rows = shown(reader);
        expect(rows).toEqual(list.matching.slice(0, rows.length));
        expect(search.total).toBe(matches.length);
        expect(new Set(list.looked.values()).size).toBeLessThanOrEqual(1);
        expect(search.scanned).toBe(list.looked.size);
        if (search.matchCount !== null) expect(search.matchCount).toBe(list.matching.length);
        const isEnd = known.segments.at(-1)?.atEnd ?? true;
        if (search.isPaused) reader.keepLooking();
        else if (isEnd) break;
        else reader.load(0, rows.length + 1);
        await rest(reader);
      }
      expect(shown(reader)).toEqual(list.matching);
      expect(reader.snapshot().search).toMatchObject({
        matchCount: list.matching.length,
        scanned: matches.length,
      });
    }),
    { numRuns: runs(300) },
  );
});

test('new matches and rows that no longer match move nothing until shown, then exactly the matches are shown', async () => {
  const change = fc.record({ insert: fc.boolean(), place: fc.nat(50) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 60 }),
      fc.array(change, { maxLength: 20 }),
      async (matches, changes) => {
        const list = new SearchedList(matches, 1000);
        // Checks for changes at any time: the cost of a search is not tested here.
        const reader = new SearchReader({
          ...list.source,
          read: async (first, after) => ({ ...(await list.source.read(first, after)), scanned: 0 }),
        });
        reader.load(0, 100);
        await rest(reader);
        const before = shown(reader);
        for (const { insert, place } of changes) {
          const job = list.jobs[place % Math.max(1, list.jobs.length)];
          if (insert || job === undefined) list.insert(place % 2 === 0);
          else job.matches = !job.matches;
        }
        await reader.checkForChanges();
        await rest(reader);
        const now = new Set(list.matching);
        const { search, list: known } = reader.snapshot();
        if (before.length > 0) {
          expect(shown(reader)).toEqual(before);
          expect([...search.missing].sort()).toEqual(before.filter((id) => !now.has(id)).sort());
          expect(known.newer.map(({ id }) => id)).toEqual(list.matching.filter((id) => !before.includes(id)));
        }
        reader.showNewer();
        await rest(reader);
        if (known.newer.length > 0 || before.length === 0) expect(shown(reader)).toEqual(list.matching);
      },
    ),
    { numRuns: runs(300) },
  );
});

test('a scroll position from the address is shown once its row is loaded, and nothing before', async () => {
  const list = new SearchedList(Array<boolean>(350).fill(true), 1000);
  const reader = new SearchReader(list.source);
  const seen: number[] = [];
  reader.subscribe(() => seen.push(shown(reader).length));
  reader.startBelow('job 100', 249);
  await rest(reader);
  expect(shown(reader)).toHaveLength(300);
  expect(new Set(seen)).toEqual(new Set([0, 300]));
});

test('a failed search continues where it stopped', async () => {
  const list = new SearchedList(Array<boolean>(250).fill(true), 1000);
  let isAway = false;
  const reader = new SearchReader({
    ...list.source,
    read: (first, after) =>
      isAway ? Promise.reject(new TypeError('unavailable')) : list.source.read(first, after),
  });
  reader.load(0, 1);
  await rest(reader);
  isAway = true;
  reader.load(0, 150);
  await rest(reader);
  expect(reader.snapshot()).toMatchObject({ failure: { kind: 'unreachable' }, busy: false });
  expect(shown(reader)).toHaveLength(100);
  isAway = false;
  reader.retry();
  await rest(reader);
  expect(reader.snapshot().failure).toBeUndefined();
  expect(shown(reader)).toEqual(list.matching.slice(0, 200));
});
