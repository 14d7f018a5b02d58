import { later, type MonotonicMs, monotonicNow, NEVER } from '../../clock.ts';
import { guarded, inBackground } from '../../guarded.ts';
import type { Observer } from '../../observer.ts';
import { MAX_PAGE_SIZE } from '../../upstream/ims.ts';
import type { JobSource } from '../job-list.ts';
import type { JobRegistry } from './job-registry.ts';
import type { JobState } from './job-state.ts';
import { type Call, planReads } from './poll-plan.ts';

/** Shortest time without a successful poll that is reported, in milliseconds. */
const NOTICED_MS = 2000;

/** Which of the replicas polls for all. */
export interface Leadership {
  /** Whether this replica polls; where another does, its states come from there. */
  readonly isReader: boolean;
  close(): Promise<void>;
}

export interface PollerOptions {
  readonly source: JobSource;
  readonly observer: Observer;
  readonly jobs: JobRegistry;
  readonly leadership: Leadership;
  readonly pollMs: number;
  /** How many upstream calls may be made now without taking the place of a client's. */
  readonly spareCalls: () => number;
}

/**
 * Polls the jobs that have subscribers, every `pollMs` as long as there are any. What was read for a request in the meantime is
 * not read again. What would take quota from clients is left to the next poll, and so is what could not be read: subscribers
 * are told of neither and get the next state when there is one.
 */
export class Poller {
  readonly #options: PollerOptions;
  readonly #observer: Observer;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** When a poll last succeeded, or had no reason yet to fail. */
  #workedAt = NEVER;
  #isPaused = false;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#observer = options.observer;
  }

  /** Starts polling, until no job has subscribers. */
  wake(): void {
    if (this.#timer !== undefined || this.#closing.signal.aborted) return;
    this.#workedAt = monotonicNow();
    this.#arm();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#closing.abort();
  }

  #arm(): void {
    this.#timer = setTimeout(
      guarded(() => this.#poll(), this.#failed),
      this.#options.pollMs,
    );
  }

  #poll(): void {
    this.#timer = undefined;
    const { jobs, source, spareCalls, pollMs } = this.#options;
    if (jobs.size === 0) {
      this.#resume();
      return;
    }
    this.#arm();
    const due = this.#due(later(monotonicNow(), -pollMs / 2));
    // What requests have read is as good.
    if (due.length === 0 && [...jobs].every(({ callsUnderWay }) => callsUnderWay === 0))
      this.#workedAt = monotonicNow();
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

  /** Jobs that were not requested since, the longest first. */
  #due(since: MonotonicMs): JobState[] {
    const { jobs, leadership } = this.#options;
    return [...jobs]
      .filter(
        (job) => job.callsUnderWay === 0 && (job.isInDoubt || (leadership.isReader && job.sentAt <= since)),
      )
      .sort((one, other) => one.sentAt - other.sentAt);
  }

  async #make(call: Call<JobState>): Promise<void> {
    const { jobs, pages } = call;
    const { source, jobs: registry, pollMs } = this.#options;
    const caller = { signal: this.#closing.signal };
    this.#observer.polled(Math.max(1, pages.length));
    for (const job of jobs) job.callsUnderWay++;
    try {
      // What a request has read a moment ago is young enough, unless it is known already.
      const oldest = Math.max(monotonicNow() - pollMs / 2, ...jobs.map(({ readAt }) => readAt));
      const since = oldest as MonotonicMs;
      const placeBefore = new Map(jobs.map((job) => [job, job.place]));
      const ranges = await Promise.all(
        pages.map(async ({ type, pageNo }) => {
          const range = await source.page(type, { pageNo, pageSize: MAX_PAGE_SIZE }, since, caller);
          registry.pageRead(type, range);
          return range;
        }),
      );
      const [page, range] = [pages[0], ranges[0]];
      for (const job of jobs) {
        if (page === undefined || range === undefined)
          registry.rowRead(job.jobId, await source.row(job.jobId, since, caller));
        // Each row that is read is a place of its own.
        else if (job.place !== placeBefore.get(job)) continue;
        else if (call.isSearch) job.notFound();
        else job.notFoundOn(page.pageNo, range.total);
      }
      this.#resume();
    } catch (error) {
      this.#standsStill(error);
    } finally {
      for (const job of jobs) job.callsUnderWay--;
    }
  }

  #resume(): void {
    this.#workedAt = monotonicNow();
    if (this.#isPaused) this.#observer.pollingResumed();
    this.#isPaused = false;
  }

  readonly #failed = (error: unknown) => this.#standsStill(error);

  /** A poll failed or was skipped. @param error undefined where clients needed the quota */
  #standsStill(error: unknown): void {
    const forMs = monotonicNow() - this.#workedAt;
    const isPassing = forMs < Math.max(NOTICED_MS, 2 * this.#options.pollMs);
    if (this.#isPaused || isPassing || this.#closing.signal.aborted) return;
    this.#isPaused = true;
    this.#observer.pollingPaused(error);
  }
}
