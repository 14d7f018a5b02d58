import { type Failure, failureOf } from '../client/failure.ts';
import { join, type PageRequest } from '../list/join.ts';
import { EMPTY_LIST, type RowList, startAt } from '../list/list.ts';
import { holdNewRows, showNewRows, topOf } from '../list/newer-rows.ts';
import { nextRequest } from '../list/next-request.ts';
import { deletedBetween, isUnchanged, refreshRows, rowAbove } from '../list/refresh-rows.ts';
import type { Page } from '../list/segment.ts';

/** Relay arguments of a page. */
export interface PageArguments {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string;
  readonly before?: string;
}

export type ReadPage = (args: PageArguments) => Promise<Page>;

/** State of a reader. */
export interface ReaderState {
  readonly list: RowList;
  /** The last failure; undefined after a success. */
  readonly failure: Failure | undefined;
  readonly busy: boolean;
  /** Time of the last response in epoch milliseconds. */
  readonly readMs: number | undefined;
}

const PAGE = 100;

/** Loads the rows of a table as far as the user scrolls. */
export interface Reader {
  /** @returns a function that unsubscribes */
  subscribe(listener: () => void): () => void;
  snapshot(): ReaderState;
  /** Loads the rows from `from` up to `to`. */
  load(from: number, to: number): void;
  /** Starts again below a cursor from the address, at a row that once had this index. */
  startBelow(cursor: string, index: number): void;
  /** Retries the failed request. */
  retry(): void;
  /** Checks once for added and deleted rows. */
  checkForChanges(): Promise<void>;
  /** Shows the newer rows. */
  showNewer(): void;
}

/** Where new rows appear: at the top, or anywhere. */
export type Order = 'newest first' | 'any';

/**
 * Loads one list as far as the user scrolls, page by page, and checks for changes. After a failure it sends nothing
 * until `retry`.
 */
export class ListReader implements Reader {
  readonly #read: ReadPage;
  readonly #order: Order;
  readonly #listeners = new Set<() => void>();
  #reading: ReaderState = { list: EMPTY_LIST, failure: undefined, busy: false, readMs: undefined };
  #view = { from: 0, to: 1 };
  /** Where to start, if not at the start of the list. */
  #begin: { readonly cursor: string; readonly index: number } | undefined;

  constructor(read: ReadPage, order: Order) {
    this.#read = read;
    this.#order = order;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly snapshot = (): ReaderState => this.#reading;

  /** Loads the rows from `from` up to `to`. */
  load(from: number, to: number): void {
    this.#view = { from, to };
    if (this.#reading.failure === undefined) void this.#advance();
  }

  /** Drops the loaded rows and starts below a cursor, at a row that once had this index. */
  startBelow(cursor: string, index: number): void {
    this.#begin = { cursor, index };
    this.#change({ list: EMPTY_LIST, failure: undefined });
    void this.#advance();
  }

  /** Retries the failed request. */
  retry(): void {
    void this.#advance().then((asked) => (asked ? undefined : this.checkForChanges()));
  }

  /**
   * Checks once for added and deleted rows. In a newest-first list it reads the rows above the top; if the top is
   * unknown, the start; and if the totals show deletions, the rows in view. In any other list it reads the rows in
   * view.
   */
  async checkForChanges(): Promise<void> {
    const { list } = this.#reading;
    if (list.total === undefined) return;
    if (this.#order === 'any') return this.#refresh();
    const top = topOf(list);
    if (top === undefined) {
      await this.#request({ first: PAGE }, (page) => join(this.#reading.list, { from: 'start' }, page));
      return;
    }
    let gone = 0;
    await this.#request({ last: PAGE, before: top.cursor }, (page) => {
      const now = this.#reading.list;
      // The user may have shown newer rows meanwhile.
      if (topOf(now)?.id !== top.id) return now;
      const next = holdNewRows(now, page);
      gone = deletedBetween(now, next);
      return next;
    });
    if (gone > 0) await this.#refresh();
  }

  /** Shows the newer rows on top. */
  showNewer(): void {
    this.#change({ list: showNewRows(this.#reading.list) });
    void this.#advance();
  }

  /** Loads pages until the view is complete; resolves to whether it sent a request. */
  async #advance(): Promise<boolean> {
    let asked = false;
    while (!this.#reading.busy) {
      const begin = this.#begin;
      const request = nextRequest(this.#reading.list, this.#view.from, this.#view.to);
      if (begin === undefined && request === undefined) break;
      asked = true;
      const done =
        begin !== undefined
          ? await this.#request({ first: PAGE, after: begin.cursor }, (page) =>
              this.#began(page, begin.index),
            )
          : request !== undefined &&
            (await this.#request(argumentsOf(request), (page) => join(this.#reading.list, request, page)));
      if (!done) break;
    }
    return asked;
  }

  /** Reads the rows in view again and drops the rest: which of the loaded rows were deleted is not known. */
  async #refresh(): Promise<void> {
    const { from } = this.#view;
    const above = rowAbove(this.#reading.list, from);
    if (above === undefined) return;
    const args = above === null ? { first: PAGE } : { first: PAGE, after: above.cursor };
    const done = await this.#request(args, (page) => {
      const { list } = this.#reading;
      return this.#order === 'any' && isUnchanged(list, page, from) ? list : refreshRows(list, page, from);
    });
    if (!done) return;
    await this.#advance();
    // The number of rows must be known before further deletions can be noticed.
    if (this.#order === 'newest first') await this.checkForChanges();
  }

  #began(page: Page, index: number): RowList {
    this.#begin = undefined;
    return startAt(page, index);
  }

  /** Sends a request. Resolves to false when it fails, or when another request is pending. */
  async #request(args: PageArguments, take: (page: Page) => RowList): Promise<boolean> {
    if (this.#reading.busy) return false;
    this.#change({ busy: true });
    const begin = this.#begin;
    try {
      const page = await this.#read(args);
      // The user has moved meanwhile; this response is for the earlier position.
      const list = this.#begin === begin ? take(page) : this.#reading.list;
      this.#change({ list, busy: false, failure: undefined, readMs: Date.now() });
      return true;
    } catch (error) {
      const failure = failureOf(error);
      // A link with a malformed cursor leads to the start.
      const isBadLink = begin !== undefined && failure.kind === 'rejected';
      if (isBadLink) this.#begin = undefined;
      this.#change({ busy: false, failure: isBadLink ? undefined : failure });
      return isBadLink;
    }
  }

  #change(change: Partial<ReaderState>): void {
    this.#reading = { ...this.#reading, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function argumentsOf(request: PageRequest): PageArguments {
  switch (request.from) {
    case 'start':
      return { first: PAGE };
    case 'end':
      return { last: PAGE };
    case 'below':
      return { first: PAGE, after: request.row.cursor };
    case 'above':
      return { last: PAGE, before: request.row.cursor };
  }
}
