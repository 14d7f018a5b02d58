import { later, type MonotonicMs, monotonicNow, NEVER } from '../../clock.ts';
import { guarded, inBackground } from '../../guarded.ts';
import type { Observer } from '../../observer.ts';
import { MAX_PAGE_SIZE } from '../../upstream/ims.ts';
import type { JobSource } from '../job-list.ts';
import type { JobRegistry } from './job-registry.ts';
import type { JobState } from './job-state.ts';
import { type PlannedRead, planReads } from './poll-plan.ts';

/** Minimum time without a successful poll before it is reported, in milliseconds. */
const REPORT_AFTER_MS = 2000;

/** Whether this replica polls, or receives the states from the leader. */
export interface Leadership {
  /** Whether this replica polls: it is the leader, or there is no leader. */
  readonly isPolling: boolean;
  close(): Promise<void>;
}

export interface PollerOptions {
  readonly source: JobSource;
  readonly observer: Observer;
  readonly jobs: JobRegistry;
  readonly leadership: Leadership;
  readonly pollMs: number;
  /** Number of upstream calls that may be made now without delaying those of clients. */
  readonly spareCalls: () => number;
}

/**
 * Polls the jobs that have subscribers every `pollMs`, while there are any.
 *
 * - A job that a request read in the meantime is not polled.
 * - Polls that would take quota from clients are skipped until the next interval. Failed polls are repeated then too.
 * - Subscribers do not learn of skipped or failed polls; they get the next state that is read.
 */
export class Poller {
  readonly #options: PollerOptions;
  readonly #observer: Observer;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** When a poll last succeeded, or was not needed. */
  #succeededAt = NEVER;
  #isPaused = false;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#observer = options.observer;
  }

  /** Starts polling, until no job has subscribers. */
  start(): void {
    if (this.#timer !== undefined || this.#closing.signal.aborted) return;
    this.#succeededAt = monotonicNow();
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
      this.#succeed();
      return;
    }
    this.#arm();
    const due = this.#due(later(monotonicNow(), -pollMs / 2));
    // Reads of requests count as successful polls.
    if (due.length === 0 && [...jobs].every(({ callsInFlight }) => callsInFlight === 0))
      this.#succeededAt = monotonicNow();
    const spare = spareCalls();
    let left = spare;
    let skipped = 0;
    for (const call of planReads(due, (type) => source.lastTotal(type), spare)) {
      const cost = Math.max(1, call.pages.length);
      if (cost <= left) {
        left -= cost;
        inBackground(this.#run(call), this.#failed);
      } else skipped += cost;
    }
    if (skipped > 0) this.#observer.pollsSkipped(skipped);
    if (skipped > 0 && left === spare) this.#reportFailure(undefined);
  }

  /** Jobs whose last read was sent before `since`, the oldest first. */
  #due(since: MonotonicMs): JobState[] {
    const { jobs, leadership } = this.#options;
    return [...jobs]
      .filter(
        (job) => job.callsInFlight === 0 && (job.needsRead || (leadership.isPolling && job.sentAt <= since)),
      )
      .sort((one, other) => one.sentAt - other.sentAt);
  }

  async #run(call: PlannedRead<JobState>): Promise<void> {
    const { jobs, pages } = call;
    const { source, jobs: registry, pollMs } = this.#options;
    const caller = { signal: this.#closing.signal };
    this.#observer.polled(Math.max(1, pages.length));
    for (const job of jobs) job.callsInFlight++;
    try {
      // A cached read of half an interval ago is new enough, unless its state is known already.
      const oldest = Math.max(monotonicNow() - pollMs / 2, ...jobs.map(({ readAt }) => readAt));
      const since = oldest as MonotonicMs;
      const positionBefore = new Map(jobs.map((job) => [job, job.position]));
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
        // A row that was found has set a new position object.
        else if (job.position !== positionBefore.get(job)) continue;
        else if (call.isFullScan) job.missOnEveryPage();
        else job.missOnPage(page.pageNo, range.total);
      }
      this.#succeed();
    } catch (error) {
      this.#reportFailure(error);
    } finally {
      for (const job of jobs) job.callsInFlight--;
    }
  }

  #succeed(): void {
    this.#succeededAt = monotonicNow();
    if (this.#isPaused) this.#observer.pollingResumed();
    this.#isPaused = false;
  }

  readonly #failed = (error: unknown) => this.#reportFailure(error);

  /** Reports failed or skipped polls once they last too long. @param error undefined if clients needed the quota */
  #reportFailure(error: unknown): void {
    const forMs = monotonicNow() - this.#succeededAt;
    const isPassing = forMs < Math.max(REPORT_AFTER_MS, 2 * this.#options.pollMs);
    if (this.#isPaused || isPassing || this.#closing.signal.aborted) return;
    this.#isPaused = true;
    this.#observer.pollingPaused(error);
  }
}
