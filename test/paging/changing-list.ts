import type { RealignmentEvent } from '../../src/observer.ts';
import type { Calls } from '../../src/paging/call-budget.ts';
import { Freshness } from '../../src/paging/caller.ts';
import { DirectSource } from '../../src/paging/direct-source.ts';
import { ListConnection } from '../../src/paging/list-connection.ts';
import { type ListReader, ListReaders } from '../../src/paging/list-reader.ts';
import { PageCache } from '../../src/paging/page-cache.ts';
import type { ListRow } from '../../src/paging/row-range.ts';
import type { ConnectionArgs } from '../../src/paging/window.ts';
import { unobserved } from '../unobserved.ts';

/** A list that a test changes between two pages, read in pages of up to 100 rows by default. */
export class ChangingList {
  rows: (ListRow | undefined)[];
  readonly order: 'newest first' | 'own';
  /** Pages that were read, as `3 of 50`. */
  pages: string[] = [];
  readonly outcomes: string[] = [];
  /** Number of pages that each re-alignment read. */
  readonly reads: number[] = [];
  /** Called before each page is read. */
  happens: () => void = () => {};
  readonly #source: DirectSource<'list', ListRow> | PageCache<'list', ListRow>;

  constructor(
    rows: readonly (ListRow | undefined)[],
    {
      order = 'newest first',
      isCached = false,
      maxPageSize = 100,
    }: {
      order?: 'newest first' | 'own';
      isCached?: boolean | undefined;
      maxPageSize?: number;
    } = {},
  ) {
    this.rows = [...rows];
    this.order = order;
    const direct = new DirectSource<'list', ListRow>(
      {
        lists: ['list'],
        maxPageSize,
        order,
        read: async (_list, { pageNo, pageSize }) => {
          this.pages.push(`${pageNo} of ${pageSize}`);
          this.happens();
          await null;
          return {
            total: this.rows.length,
            rows: this.rows.slice((pageNo - 1) * pageSize, pageNo * pageSize),
          };
        },
      },
      {
        ...unobserved,
        realigned: ({ outcome, reads }: RealignmentEvent) => {
          this.outcomes.push(outcome);
          this.reads.push(reads);
        },
      },
    );
    this.#source = isCached ? new PageCache(direct, { ttlMs: 3_600_000, staleIfErrorMs: 0 }, 60_000) : direct;
  }

  /** Reads the list for a request of its own. @param calls pays for its calls */
  reader(calls?: Calls): ListReader<'list', ListRow> {
    const readers = new ListReaders(this.#source, new Freshness());
    return calls === undefined ? readers.of('list') : readers.withBudget('list', calls);
  }

  async page(args: ConnectionArgs) {
    const connection = new ListConnection('list', args, new ListReaders(this.#source, new Freshness()));
    const [edges, info] = await Promise.all([connection.edges, connection.pageInfo]);
    return { ids: edges.map(({ node }) => node.id), cursors: edges.map(({ cursor }) => cursor), ...info };
  }

  get calls(): number {
    return this.pages.length;
  }

  /** Clears the records. */
  forget(): void {
    this.pages = [];
    this.outcomes.length = 0;
    this.reads.length = 0;
  }

  /** Inserts rows of a later second on top. */
  addOnTop(count: number): void {
    const newest = this.rows[0]?.createdSecond ?? null;
    const added = Array.from({ length: count }, (_, n) => ({
      id: `new ${this.rows.length + n}`,
      createdSecond: newest === null ? null : newest + 1 + n,
    }));
    this.rows.unshift(...added.toReversed());
  }

  remove(...ids: readonly string[]): void {
    const gone = new Set(ids);
    this.rows = this.rows.filter((row) => row === undefined || !gone.has(row.id));
  }
}

/** Rows newest first, with this many rows per second. */
export const timed = (length: number, aSecond = 1): ListRow[] =>
  Array.from({ length }, (_, n) => ({ id: `row ${n}`, createdSecond: 1_000_000 - Math.floor(n / aSecond) }));
export const untimed = (length: number): ListRow[] =>
  Array.from({ length }, (_, n) => ({ id: `row ${n}`, createdSecond: null }));
export const idsOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `row ${from + n}`);

/** The cursor of the row at an offset from a forward walk of a list at rest. */
export async function cursorAt(list: ChangingList, offset: number): Promise<string> {
  let after: string | null = null;
  for (let seen = 0; seen <= offset; ) {
    const { endCursor } = await list.page({ first: Math.min(100, offset + 1 - seen), after });
    seen += Math.min(100, offset + 1 - seen);
    after = endCursor;
  }
  list.forget();
  return after as string;
}

/** The cursor of the row at an offset from a backward walk of a list at rest. */
export async function cursorBackwardsAt(list: ChangingList, offset: number): Promise<string> {
  const rows = list.rows.length - offset;
  let before: string | null = null;
  for (let seen = 0; seen < rows; ) {
    const { startCursor } = await list.page({ last: Math.min(100, rows - seen), before });
    seen += Math.min(100, rows - seen);
    before = startCursor;
  }
  list.forget();
  return before as string;
}
