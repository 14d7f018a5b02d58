import type { MonotonicMs } from '../../src/clock.ts';
import { UpstreamError } from '../../src/errors.ts';
import type { Observer, RealignmentEvent } from '../../src/observer.ts';
import { Freshness } from '../../src/paging/caller.ts';
import type { PageRef } from '../../src/paging/cover.ts';
import { DirectSource } from '../../src/paging/direct-source.ts';
import { type RowFilter, SearchConnection } from '../../src/paging/filtered-search.ts';
import { ListConnection } from '../../src/paging/list-connection.ts';
import type { ListName } from '../../src/paging/list-cursor.ts';
import { ListReaders } from '../../src/paging/list-reader.ts';
import { type CacheTimes, PageCache } from '../../src/paging/page-cache.ts';
import type { PageSource, RowSource } from '../../src/paging/page-source.ts';
import { RowLoader } from '../../src/paging/row-loader.ts';
import type { ConnectionArgs } from '../../src/paging/window.ts';
import { fc, fraction } from '../runs.ts';
import { unobserved } from '../unobserved.ts';

/** Shelves of books in memory, by page number: an upstream unrelated to the gateway's own. */
export const SHELVES = ['left', 'right'] as const;
export type Shelf = (typeof SHELVES)[number];

export const ORDERS = ['newest first', 'oldest first', 'unordered'] as const;
export type Order = (typeof ORDERS)[number];

export interface Book {
  readonly id: string;
  readonly createdSecond: number | null;
}

/** A change of a shelf. Offsets are fractions of its length, so that they suit any length. */
export type Change =
  | { readonly kind: 'insert'; readonly at: number; readonly books: number }
  | { readonly kind: 'remove'; readonly at: readonly number[] }
  | { readonly kind: 'remove around the cursor'; readonly above: number; readonly below: number }
  | { readonly kind: 'remove the ends'; readonly books: number }
  | { readonly kind: 'rest' };

export interface Step {
  readonly shelf: Shelf;
  /** Before a page is requested, or while it is being read. */
  readonly when: 'between' | 'during';
  readonly change: Change;
}

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      at: fraction,
      books: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.constant(70)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.array(fraction, { maxLength: 6 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('remove around the cursor' as const),
      above: fc.nat(3),
      below: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('remove the ends' as const),
      books: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'rest' as const }) },
);

export const steps = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      shelf: fc.constantFrom(...SHELVES),
      when: fc.constantFrom('between' as const, 'during' as const),
      change,
    }),
    { maxLength },
  );

/**
 * Moves the places of all changes to the edges of the list, nine of ten to its start. In the middle, rows that come in and go between the
 * neighbours of a cursor reach the documented limits of lists without times and of rows of one second.
 */
export function atEdges(steps: readonly Step[]): Step[] {
  const edge = (at: number) => (at < 0.9 ? 0 : 1);
  return steps.map(({ change, ...step }) => {
    if (change.kind === 'insert') return { ...step, change: { ...change, at: edge(change.at) } };
    if (change.kind === 'remove') return { ...step, change: { ...change, at: change.at.map(edge) } };
    return { ...step, change };
  });
}

/** Rows and cost of a walk. */
export interface Walk {
  /** In list order, for walks in both directions. */
  readonly ids: readonly string[];
  readonly pages: number;
  readonly calls: number;
  readonly endless: boolean;
}

/** Longer than a machine stands still: no read of a test is answered with stale rows. */
const STALE_AFTER_MS = 600_000;

export class Library {
  readonly order: Order;
  /** Calls since {@link fill}. */
  calls: PageRef[] = [];
  readonly realignments: RealignmentEvent[] = [];
  /** Whether a call fails: of a page of a shelf, or of a book by its id. */
  fails: (read: PageRef | string, shelf?: Shelf) => boolean = () => false;
  /** Whether the upstream returns a row that cannot be used instead of a book. */
  isUnusable: (book: Book) => boolean = () => false;
  readonly #shelves: Record<Shelf, Book[]> = { left: [], right: [] };
  readonly #standing: Record<Shelf, Set<string>> = { left: new Set(), right: new Set() };
  readonly #direct: DirectSource<Shelf, Book>;
  readonly #cache: CacheTimes | undefined;
  #source: RowSource<Shelf, Book>;
  #made = 0;
  #beforeRead = () => {};

  constructor(order: Order, maxPageSize: number, cache?: CacheTimes) {
    this.order = order;
    this.#cache = cache;
    const source: PageSource<Shelf, Book> = {
      lists: SHELVES,
      maxPageSize,
      order: order === 'newest first' ? order : 'own',
      read: async (shelf, { pageNo, pageSize }) => {
        await null;
        this.#beforeRead();
        this.calls.push({ pageNo, pageSize });
        if (this.fails({ pageNo, pageSize }, shelf))
          throw new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: 'as the test has it' });
        const books = this.#shelves[shelf].slice((pageNo - 1) * pageSize, pageNo * pageSize);
        const rows = books.map((book) => (this.isUnusable(book) ? undefined : book));
        return { total: this.#shelves[shelf].length, rows };
      },
      readById: async (id) => {
        await null;
        this.#beforeRead();
        this.calls.push({ pageNo: 0, pageSize: 0 });
        if (this.fails(id)) throw new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: 'as the test has it' });
        const row = [...this.#shelves.left, ...this.#shelves.right].find((book) => book.id === id) ?? null;
        return { row, sentAt: performance.now() as MonotonicMs };
      },
    };
    const observer: Observer = { ...unobserved, realigned: (event) => this.realignments.push(event) };
    this.#direct = new DirectSource(source, observer);
    this.#source = this.#direct;
  }

  /** Replaces the books on both shelves. @param everySeconds time between two books */
  fill(lengths: Record<Shelf, number>, everySeconds = 7): void {
    for (const shelf of SHELVES) {
      const books = Array.from({ length: lengths[shelf] }, (_, index) =>
        this.#newBook(1000 + index * everySeconds),
      );
      this.#shelves[shelf] = this.order === 'newest first' ? books.toReversed() : books;
      this.#standing[shelf] = new Set(this.#shelves[shelf].map(({ id }) => id));
    }
    this.calls = [];
    this.realignments.length = 0;
    this.#source =
      this.#cache === undefined ? this.#direct : new PageCache(this.#direct, this.#cache, STALE_AFTER_MS);
  }

  /** Expected ids of a library at rest. */
  ids(list: ListName<Shelf>): string[] {
    return this.books(list).map(({ id }) => id);
  }

  books(list: ListName<Shelf>): readonly Book[] {
    if (list !== 'All') return this.#shelves[list];
    const all = [...this.#shelves.left, ...this.#shelves.right];
    // A stable sort: within one second, books of the first shelf are first.
    if (this.order === 'newest first')
      all.sort((one, other) => (other.createdSecond ?? 0) - (one.createdSecond ?? 0));
    return all;
  }

  /** Books that have stood on their shelf since {@link fill}. */
  standing(list: ListName<Shelf>): string[] {
    return shelvesOf(list).flatMap((shelf) => [...this.#standing[shelf]]);
  }

  /** Removes all but every n-th book of a shelf. */
  keepEvery(shelf: Shelf, nth: number): void {
    const { length } = this.#shelves[shelf];
    this.#remove(
      shelf,
      Array.from({ length }, (_, index) => index).filter((index) => index % nth !== 0),
    );
  }

  /** Removes all books of a shelf. */
  empty(shelf: Shelf): void {
    this.#remove(shelf, [...this.#shelves[shelf].keys()]);
  }

  readers(): ListReaders<Shelf, Book> {
    return new ListReaders(this.#source, new Freshness());
  }

  loader(): RowLoader<Shelf, Book> {
    return new RowLoader(this.readers());
  }

  connection(list: ListName<Shelf>, args: ConnectionArgs, maxRows = 200): ListConnection<Shelf, Book> {
    return new ListConnection(list, args, this.readers(), maxRows);
  }

  /** One page of a search, in a request of its own. */
  async search(
    list: ListName<Shelf>,
    filter: RowFilter<Book>,
    args: ConnectionArgs,
    calls: number,
    isCounted: boolean,
  ) {
    const search = SearchConnection.of(list, filter, args, this.readers(), calls);
    const before = this.calls.length;
    const [edges, info, matchCount, scannedCount] = await Promise.all([
      search.edges,
      search.pageInfo,
      isCounted ? search.matchCount : null,
      search.scannedCount,
    ]);
    return { edges, info, matchCount, scannedCount, calls: this.calls.length - before };
  }

  /** Applies the steps in sequence: those with `during` while pages are read, those with `between` by `run`. */
  async whileMovingBetween(
    steps: readonly Step[],
    run: (happenBetween: (cursorId: string | undefined) => void) => Promise<void>,
  ): Promise<void> {
    const left = [...steps];
    let cursorId: string | undefined;
    const happen = (when: Step['when']) => {
      if (left[0]?.when === when) this.#apply(left.shift() as Step, cursorId);
    };
    this.#beforeRead = () => happen('during');
    await run((id) => {
      cursorId = id;
      happen('between');
    });
    this.#beforeRead = () => {};
  }

  /** Reads the lengths of both shelves, without counting the calls. */
  async learnLengths(): Promise<void> {
    await this.connection('All', { first: 0 }).totalCount;
    this.calls = [];
  }

  /** Applies the steps in sequence, one before each call. */
  async whileMoving<Value>(steps: readonly Step[], act: () => Promise<Value>): Promise<Value> {
    const left = [...steps];
    this.#beforeRead = () => {
      const step = left.shift();
      if (step !== undefined) this.#apply(step, undefined);
    };
    try {
      return await act();
    } finally {
      this.#beforeRead = () => {};
    }
  }

  /** Follows the pages to the end as a client does, while the steps are applied. */
  async walk(
    list: ListName<Shelf>,
    direction: 'forwards' | 'backwards',
    rows: number,
    steps: readonly Step[],
  ): Promise<Walk> {
    const left = [...steps];
    let cursorId: string | undefined;
    const happen = (when: Step['when']) => {
      if (left[0]?.when === when) this.#apply(left.shift() as Step, cursorId);
    };
    this.#beforeRead = () => happen('during');
    const most = 60 + this.ids('All').length + 80 * steps.length;
    const ids: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    let goesOn = true;
    for (; goesOn && pages < most; pages++) {
      if (pages > 0) happen('between');
      const args = direction === 'forwards' ? { first: rows, after: cursor } : { last: rows, before: cursor };
      const page = this.connection(list, args);
      const [edges, info] = await Promise.all([page.edges, page.pageInfo]);
      const seen = edges.map(({ node }) => node.id);
      if (direction === 'forwards') ids.push(...seen);
      else ids.unshift(...seen);
      cursor = direction === 'forwards' ? info.endCursor : info.startCursor;
      cursorId = direction === 'forwards' ? seen.at(-1) : seen[0];
      goesOn = (direction === 'forwards' ? info.hasNextPage : info.hasPreviousPage) && cursor !== null;
    }
    this.#beforeRead = () => {};
    return { ids, pages, calls: this.calls.length, endless: goesOn };
  }

  #newBook(second: number): Book {
    const id = `book ${++this.#made}`;
    return { id, createdSecond: this.order === 'unordered' ? null : second };
  }

  #apply({ shelf, change }: Step, cursorId: string | undefined): void {
    const books = this.#shelves[shelf];
    switch (change.kind) {
      case 'insert': {
        const newest = Math.max(1000, ...books.map(({ createdSecond }) => createdSecond ?? 0));
        const added = Array.from({ length: change.books }, (_, index) => this.#newBook(newest + 1 + index));
        if (this.order === 'newest first') books.unshift(...added.toReversed());
        else if (this.order === 'oldest first') books.push(...added);
        else books.splice(Math.round(change.at * books.length), 0, ...added);
        break;
      }
      case 'remove':
        this.#remove(
          shelf,
          change.at.map((part) => Math.floor(part * (books.length - 1))),
        );
        break;
      case 'remove around the cursor': {
        const at = books.findIndex(({ id }) => id === cursorId);
        const from = at - change.above;
        if (at !== -1)
          this.#remove(
            shelf,
            Array.from({ length: change.above + 1 + change.below }, (_, n) => from + n),
          );
        break;
      }
      case 'remove the ends':
        this.#remove(shelf, Array.from({ length: change.books }, (_, n) => [n, books.length - 1 - n]).flat());
        break;
      case 'rest':
        break;
    }
  }

  #remove(shelf: Shelf, places: readonly number[]): void {
    const gone = new Set(places.map((index) => this.#shelves[shelf][index]?.id));
    this.#shelves[shelf] = this.#shelves[shelf].filter(({ id }) => !gone.has(id));
    for (const id of gone) if (id !== undefined) this.#standing[shelf].delete(id);
  }
}

export const shelvesOf = (list: ListName<Shelf>): readonly Shelf[] => (list === 'All' ? SHELVES : [list]);
