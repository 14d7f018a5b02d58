import DataLoader from 'dataloader';
import type { Timed } from '../cache/memory-store.ts';
import { inBackground } from '../guarded.ts';
import type { Observer } from '../observer.ts';
import type { PageRef } from '../paging/cover.ts';
import type { Anchor } from '../paging/cursor.ts';
import type { Window } from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import type { Caller } from './caller.ts';
import type { Freshness } from './freshness.ts';
import { SearchBudget } from './realign/search-budget.ts';
import type { JobSource, TimedJob, TimedTotal } from './source.ts';
import type { Span } from './span.ts';
import { tracedRead } from './traced-read.ts';

/** A page of a list, or only its total. */
interface ListRead {
  readonly type: JobType;
  readonly page: PageRef | 'total';
  /** A page that was asked for before this will not do. */
  readonly since?: number | undefined;
}

/** A read of a batch, in a box so that DataLoader does not make it wait for the slowest read of its batch. */
interface BoxedSpan {
  readonly answer: Promise<Span>;
}

/** Finds a span at hand that may be served while the upstream fails. */
export type StaleSpans = (type: JobType, window: Window) => Span | undefined;

const ANY_PAGE: PageRef = { pageNo: 1, pageSize: 1 };

/**
 * The pages that one request reads, each once: equal pages and totals cost one upstream call however often the operation
 * names them. Belongs to one request; a longer life would serve old rows.
 */
export class PageLoader {
  readonly observer: Observer;
  /** Whether others read the same pages, so that whole ones of a grid are read. */
  readonly isShared: boolean;
  readonly #source: JobSource;
  readonly #freshness: Freshness;
  readonly #caller: Caller | undefined;
  /** What was read, unless the source remembers by itself. */
  readonly #spans: Span[] = [];
  /** Collects the reads of one turn of the event loop; {@link #loads} remembers them. */
  readonly #reads: DataLoader<ListRead, BoxedSpan>;
  readonly #loads = new Map<string, Promise<BoxedSpan>>();
  readonly #searchBudgets = new Map<JobType, SearchBudget>();
  /**
   * When the request began, in milliseconds of `performance.now()`. Every cursor that the request carries was made before,
   * so a page that was requested later is younger than any of them.
   */
  readonly startedAt = performance.now();

  /** @param caller who waits; when nobody does any more, what is still being read is broken off */
  constructor(source: JobSource, freshness: Freshness, caller?: Caller) {
    this.#source = source;
    this.observer = source.observer;
    this.isShared = source.isShared;
    this.#freshness = freshness;
    this.#caller = caller;
    this.#reads = new DataLoader(async (reads) => this.#readTogether(reads), { cache: false });
  }

  /**
   * A page of a list, read at most once by this request unless a younger one is required.
   *
   * @param since minimum age: a page requested from the upstream before this time, in milliseconds of
   *   `performance.now()`, is read again
   * @param budget pays for an upstream call that the plan of calls does not count with the page of a cursor
   * @throws UpstreamError
   * @throws SearchBudgetSpent when the call is not in the budget
   */
  async page(type: JobType, page: PageRef, since?: number, budget?: SearchBudget): Promise<Span> {
    const read: ListRead = { type, page, since };
    for (;;) {
      const load = this.#load(read, budget);
      const span = await (await load).answer;
      if (since === undefined || span.sentAt >= since) return this.#used(span);
      // Another field of this request may have replaced the old page already.
      const key = keyOfRead(read);
      if (this.#loads.get(key) === load) this.#loads.delete(key);
    }
  }

  /** The budget that all cursors of this request into one list share. */
  searchBudget(type: JobType): SearchBudget {
    let budget = this.#searchBudgets.get(type);
    if (budget === undefined) {
      budget = new SearchBudget();
      this.#searchBudgets.set(type, budget);
    }
    return budget;
  }

  /** A span that is at hand and holds a window. */
  held(type: JobType, window: Window): Span | undefined {
    const span = this.#source.heldSpan(type, window);
    if (span === undefined) return undefined;
    this.observer.cacheRead('page', 'hit');
    return this.#used(span);
  }

  /**
   * What `read` brings; while the upstream fails, what `find` makes of older spans that are at hand.
   *
   * @param key names what is wanted
   */
  async orStale(
    key: string,
    read: () => Promise<Span>,
    find: (spanOf: StaleSpans) => Span | undefined,
  ): Promise<Span> {
    const spanOf: StaleSpans = (type, window) => this.#source.staleSpan(type, window);
    return this.#used(await this.#source.orStale(key, () => find(spanOf), read));
  }

  /** Whether a span that holds a window is at hand. */
  holds(type: JobType, window: Window): boolean {
    return this.#source.heldSpan(type, window) !== undefined;
  }

  /** Number of jobs of a type. Costs no call of its own beside a page of the same list. @throws UpstreamError */
  async total(type: JobType): Promise<number> {
    const held = this.#source.heldTotal(type);
    if (held !== undefined) {
      this.observer.cacheRead('total', 'hit');
      return this.#used(held).total;
    }
    const known = await this.#source.orStale<TimedTotal>(
      `total/${type}`,
      () => this.#source.staleTotal(type),
      async () => (await this.#load({ type, page: 'total' })).answer,
    );
    return this.#used(known).total;
  }

  /** A job that is at hand; undefined when nothing is known of it. */
  heldJob(jobId: string): TimedJob | undefined {
    for (const { rows, sentAt } of this.#spans.toReversed()) {
      const job = rows.find((row) => row?.jobId === jobId);
      if (job !== undefined) return { job, sentAt };
    }
    return this.#source.heldJob(jobId);
  }

  /** Remembers that a cursor was made from rows that had been read by `at`. */
  cursorMade(type: JobType, anchor: Anchor, at: number): void {
    this.#source.cursorMade(type, anchor, at);
  }

  /** When a cursor that came at `cameAt` had been made at the latest: rows asked for since are younger than it. */
  cursorKnownSince(type: JobType, anchor: Anchor, cameAt: number): number | Promise<number> {
    return this.#source.cursorKnownSince(type, anchor, cameAt);
  }

  /** The read of this request, begun now unless it was before. */
  #load(read: ListRead, budget?: SearchBudget): Promise<BoxedSpan> {
    const key = keyOfRead(read);
    const known = this.#loads.get(key);
    if (known !== undefined) return known;
    budget?.take();
    const load = this.#reads.load(read);
    this.#loads.set(key, load);
    if (budget !== undefined)
      inBackground(refundIfCached(budget, load, performance.now()), () => {
        // A call that failed was made, and the reader of the page reports why.
      });
    return load;
  }

  /** A total asked for beside a page of the same list comes with that page. */
  #readTogether(reads: readonly ListRead[]): BoxedSpan[] {
    const latest = new Map<JobType, Promise<Span>>();
    const start = ({ type, page, since }: ListRead) => {
      const answer = this.#readPage(type, page === 'total' ? ANY_PAGE : page, since);
      latest.set(type, answer);
      return answer;
    };
    const pages = reads.map((read) => (read.page === 'total' ? undefined : start(read)));
    return reads.map((read, index) => ({ answer: pages[index] ?? latest.get(read.type) ?? start(read) }));
  }

  async #readPage(type: JobType, page: PageRef, since: number | undefined): Promise<Span> {
    const span = await this.#askFor(type, page, since);
    if (!this.isShared) this.#spans.push(span);
    return span;
  }

  #askFor(type: JobType, page: PageRef, since: number | undefined): Promise<Span> {
    const caller = this.#caller;
    if (caller?.span === undefined) return this.#source.page(type, page, since, caller);
    const facts = { 'list.type': type, 'list.page': page.pageNo, 'list.page_size': page.pageSize };
    return tracedRead(caller, caller.span, 'read page', facts, (reader) =>
      this.#source.page(type, page, since, reader),
    );
  }

  #used<Read extends Timed>(read: Read): Read {
    this.#freshness.used(read.sentAt);
    return read;
  }
}

/** Gives a call back to the budget when the page turns out to have been read before it was asked for. */
async function refundIfCached(
  budget: SearchBudget,
  load: Promise<BoxedSpan>,
  askedAt: number,
): Promise<void> {
  const { sentAt } = await (await load).answer;
  if (sentAt < askedAt) budget.refund();
}

function keyOfRead({ type, page }: ListRead): string {
  return page === 'total' ? type : `${type}/${page.pageNo}/${page.pageSize}`;
}
