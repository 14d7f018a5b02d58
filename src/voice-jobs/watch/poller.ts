import { guarded, inBackground } from '../../guarded.ts';
import type { Observer } from '../../observer.ts';
import { MAX_PAGE_SIZE } from '../../paging/cover.ts';
import type { Caller } from '../caller.ts';
import type { JobSource } from '../source.ts';
import type { Span } from '../span.ts';
import { type Call, type GridPage, planReads } from './plan.ts';
import type { Sharing } from './sharing.ts';
import type { WatchedJob } from './watched-job.ts';
import type { WatchedJobs } from './watched-jobs.ts';

/** How long nothing may be read at least until that is worth a word, in milliseconds. */
const NOTICED_MS = 2000;

/** What a poller is made of. */
export interface PollerOptions {
  readonly source: JobSource;
  readonly jobs: WatchedJobs;
  readonly sharing: Sharing;
  /** How often each job is looked at, in milliseconds. */
  readonly pollMs: number;
  /** How many upstream calls may be made now without taking the place of a caller's. */
  readonly spareCalls: () => number;
}

/**
 * Looks at the watched jobs, a turn every `pollMs` as long as there are any. What was read for others in the meantime is
 * not read again. What would take quota from callers is left to the next turn, and so is what could not be read: nobody who
 * looks on is told of either, they are shown the next state when there is one.
 */
export class Poller {
  readonly #options: PollerOptions;
  readonly #observer: Observer;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** When a poll last succeeded, or had no reason yet to fail. */
  #workedAt = Number.NEGATIVE_INFINITY;
  #isPaused = false;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#observer = options.source.observer;
  }

  /** To be called when a job is watched; nothing happens while none is. */
  wake(): void {
    if (this.#timer !== undefined || this.#closing.signal.aborted) return;
    this.#workedAt = performance.now();
    this.#arm();
  }

  /** Breaks off what is being read. */
  close(): void {
    clearTimeout(this.#timer);
    this.#closing.abort();
  }

  #arm(): void {
    this.#timer = setTimeout(
      guarded(() => this.#turn(), this.#failed),
      this.#options.pollMs,
    );
  }

  #turn(): void {
    this.#timer = undefined;
    const { jobs, source, spareCalls, pollMs } = this.#options;
    if (jobs.size === 0) {
      this.#resume();
      return;
    }
    this.#arm();
    const due = this.#due(performance.now() - pollMs / 2);
    // All that callers have read is as good.
    if (due.length === 0 && [...jobs].every(({ callsUnderWay }) => callsUnderWay === 0))
      this.#workedAt = performance.now();
    const spare = spareCalls();
    let left = spare;
    let skipped = 0;
    for (const call of planReads(due, (type) => source.lastTotal(type), spare)) {
      const cost = Math.max(1, call.pages.length);
      if (cost <= left) {
        left -= cost;
        inBackground(this.#make(call), this.#failed);
      } else skipped += cost;
    }
    if (skipped > 0) this.#observer.pollsSkipped(skipped);
    if (skipped > 0 && left === spare) this.#standsStill(undefined);
  }

  /** Those not asked for since, the longest first. */
  #due(since: number): WatchedJob[] {
    const { jobs, sharing } = this.#options;
    return [...jobs]
      .filter(
        (job) => job.callsUnderWay === 0 && (job.isInDoubt || (sharing.isReader && job.sentAt <= since)),
      )
      .sort((one, other) => one.sentAt - other.sentAt);
  }

  async #make(call: Call<WatchedJob>): Promise<void> {
    const { jobs, pages } = call;
    this.#observer.polled(Math.max(1, pages.length));
    for (const job of jobs) job.callsUnderWay++;
    try {
      // What somebody else has asked for a moment ago is young enough, if it can be news.
      const since = Math.max(
        performance.now() - this.#options.pollMs / 2,
        ...jobs.map(({ readAt }) => readAt),
      );
      if (pages.length === 0) await Promise.all(jobs.map((job) => this.#readJob(job, since)));
      else await this.#readPages(call, since);
      this.#resume();
    } catch (error) {
      this.#standsStill(error);
    } finally {
      for (const job of jobs) job.callsUnderWay--;
    }
  }

  async #readJob({ jobId }: WatchedJob, since: number): Promise<void> {
    const { source, jobs } = this.#options;
    jobs.jobRead(jobId, await source.jobSince(jobId, since, this.#caller()));
  }

  async #readPages({ jobs, pages, isSearch }: Call<WatchedJob>, since: number): Promise<void> {
    const placeBefore = new Map(jobs.map((job) => [job, job.place]));
    const spans = await Promise.all(pages.map((page) => this.#readPage(page, since)));
    // Each row that is read is a place of its own.
    const missing = jobs.filter((job) => job.place === placeBefore.get(job));
    const [page, span] = [pages[0], spans[0]];
    for (const job of missing) {
      if (isSearch) job.isNowhere();
      else if (page !== undefined && span !== undefined) job.isNotOn(page, span.total);
    }
  }

  async #readPage({ type, pageNo }: GridPage, since: number): Promise<Span> {
    const { source, jobs } = this.#options;
    const span = await source.page(type, { pageNo, pageSize: MAX_PAGE_SIZE }, since, this.#caller());
    jobs.pageRead(type, span);
    return span;
  }

  #caller(): Caller {
    return { signal: this.#closing.signal, upstreamCalls: 0 };
  }

  #resume(): void {
    this.#workedAt = performance.now();
    if (this.#isPaused) this.#observer.pollingResumed();
    this.#isPaused = false;
  }

  readonly #failed = (error: unknown) => this.#standsStill(error);

  /**
   * Nothing was read, or not this. One that failed among others that did not is made up for by the next turn.
   *
   * @param error undefined where callers needed the quota
   */
  #standsStill(error: unknown): void {
    const forMs = performance.now() - this.#workedAt;
    const isPassing = forMs < Math.max(NOTICED_MS, 2 * this.#options.pollMs);
    if (this.#isPaused || isPassing || this.#closing.signal.aborted) return;
    this.#isPaused = true;
    this.#observer.pollingPaused(error);
  }
}
