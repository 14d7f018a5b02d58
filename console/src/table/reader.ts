import { type Failure, failureOf } from '../client/failure.ts';
import { type Ask, join } from '../list/join.ts';
import { beginAt, NOTHING_KNOWN, type RowList } from '../list/list.ts';
import { announce, show, topOf } from '../list/newer.ts';
import { goneBetween, isSame, renew, rowAbove } from '../list/renew.ts';
import type { Page } from '../list/segment.ts';
import { wanted } from '../list/wanted.ts';

/** A page as it is asked for: which way, and from where. */
export interface Window {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string;
  readonly before?: string;
}

export type ReadPage = (window: Window) => Promise<Page>;

/** What the table shows of its list. */
export interface Reading {
  readonly list: RowList;
  /** What went wrong last, until something goes right. */
  readonly failure: Failure | undefined;
  readonly busy: boolean;
  /** When the API last answered, in epoch milliseconds. */
  readonly readMs: number | undefined;
}

const PAGE = 100;

/** Reads the rows of a table as far as somebody looks. */
export interface Reader {
  /** @returns what ends it */
  subscribe(listener: () => void): () => void;
  now(): Reading;
  /** Reads until the rows from `from` up to `to` are known. */
  look(from: number, to: number): void;
  /** Begins below a cursor of an address, where a row was that once stood at `index`. */
  beginBelow(cursor: string, index: number): void;
  /** Asks again for what failed. */
  retry(): void;
  /** Looks once for rows that came or went. */
  lookForChanges(): Promise<void>;
  /** Shows the newer rows. */
  showNewer(): void;
}

/** Where new rows come in: above all others, or anywhere. */
export type Order = 'newest first' | 'any';

/**
 * Reads one list as far as somebody looks, a page at a time, and looks out for changes. After a failure it asks for nothing more
 * until `retry`.
 */
export class ListReader implements Reader {
  readonly #read: ReadPage;
  readonly #order: Order;
  readonly #listeners = new Set<() => void>();
  #reading: Reading = { list: NOTHING_KNOWN, failure: undefined, busy: false, readMs: undefined };
  #view = { from: 0, to: 1 };
  /** Where to begin, when that is not the start. */
  #begin: { readonly cursor: string; readonly index: number } | undefined;

  constructor(read: ReadPage, order: Order) {
    this.#read = read;
    this.#order = order;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly now = (): Reading => this.#reading;

  /** Reads until the rows from `from` up to `to` are known. */
  look(from: number, to: number): void {
    this.#view = { from, to };
    if (this.#reading.failure === undefined) void this.#advance();
  }

  /** Forgets the list and begins below a cursor, where a row was that once stood at `index`. */
  beginBelow(cursor: string, index: number): void {
    this.#begin = { cursor, index };
    this.#change({ list: NOTHING_KNOWN, failure: undefined });
    void this.#advance();
  }

  /** Asks again for what failed. */
  retry(): void {
    void this.#advance().then((asked) => (asked ? undefined : this.lookForChanges()));
  }

  /**
   * Looks once for rows that came or went. Of a list with the newest first it reads what stands above the top; where the top
   * is unknown, the start; and where the totals tell that rows have gone, what is in view. Of any other list it reads what is in
   * view.
   */
  async lookForChanges(): Promise<void> {
    const { list } = this.#reading;
    if (list.total === undefined) return;
    if (this.#order === 'any') return this.#renew();
    const top = topOf(list);
    if (top === undefined) {
      await this.#ask({ first: PAGE }, (page) => join(this.#reading.list, { from: 'start' }, page));
      return;
    }
    let gone = 0;
    await this.#ask({ last: PAGE, before: top.cursor }, (page) => {
      const now = this.#reading.list;
      // Others may have been shown meanwhile.
      if (topOf(now)?.id !== top.id) return now;
      const next = announce(now, page);
      gone = goneBetween(now, next);
      return next;
    });
    if (gone > 0) await this.#renew();
  }

  /** Puts the newer rows on top. */
  showNewer(): void {
    this.#change({ list: show(this.#reading.list) });
    void this.#advance();
  }

  /** Reads page after page until the view is known; resolves to whether anything was asked for. */
  async #advance(): Promise<boolean> {
    let asked = false;
    while (!this.#reading.busy) {
      const begin = this.#begin;
      const ask = wanted(this.#reading.list, this.#view.from, this.#view.to);
      if (begin === undefined && ask === undefined) break;
      asked = true;
      const done =
        begin !== undefined
          ? await this.#ask({ first: PAGE, after: begin.cursor }, (page) => this.#began(page, begin.index))
          : ask !== undefined &&
            (await this.#ask(windowOf(ask), (page) => join(this.#reading.list, ask, page)));
      if (!done) break;
    }
    return asked;
  }

  /** Reads what is in view anew, and forgets the rest: which of its rows are gone is not known. */
  async #renew(): Promise<void> {
    const { from } = this.#view;
    const above = rowAbove(this.#reading.list, from);
    if (above === undefined) return;
    const window = above === null ? { first: PAGE } : { first: PAGE, after: above.cursor };
    const done = await this.#ask(window, (page) => {
      const { list } = this.#reading;
      return this.#order === 'any' && isSame(list, page, from) ? list : renew(list, page, from);
    });
    if (!done) return;
    await this.#advance();
    // How many there are now has to be known before the next ones go.
    if (this.#order === 'newest first') await this.lookForChanges();
  }

  #began(page: Page, index: number): RowList {
    this.#begin = undefined;
    return beginAt(page, index);
  }

  /** Resolves to whether an answer came; false while another one is being waited for, too. */
  async #ask(window: Window, take: (page: Page) => RowList): Promise<boolean> {
    if (this.#reading.busy) return false;
    this.#change({ busy: true });
    const begin = this.#begin;
    try {
      const page = await this.#read(window);
      // Somebody has gone elsewhere meanwhile; the next answer is for there.
      const list = this.#begin === begin ? take(page) : this.#reading.list;
      this.#change({ list, busy: false, failure: undefined, readMs: Date.now() });
      return true;
    } catch (error) {
      const failure = failureOf(error);
      // A link with a cursor that is none leads to the start.
      const isBadLink = begin !== undefined && failure.kind === 'refused';
      if (isBadLink) this.#begin = undefined;
      this.#change({ busy: false, failure: isBadLink ? undefined : failure });
      return isBadLink;
    }
  }

  #change(change: Partial<Reading>): void {
    this.#reading = { ...this.#reading, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function windowOf(ask: Ask): Window {
  switch (ask.from) {
    case 'start':
      return { first: PAGE };
    case 'end':
      return { last: PAGE };
    case 'below':
      return { first: PAGE, after: ask.row.cursor };
    case 'above':
      return { last: PAGE, before: ask.row.cursor };
  }
}
