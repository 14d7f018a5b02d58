import { SingleFlight } from '../../cache/single-flight.ts';
import { later, type MonotonicMs, monotonicNow } from '../../clock.ts';
import { UpstreamError } from '../../errors.ts';
import type { Observer } from '../../observer.ts';
import { type Caller, callerOfShared } from '../../paging/caller.ts';
import type { TimedRow } from '../../paging/page-source.ts';
import type { VoiceJob } from '../job.ts';
import type { JobSource } from '../job-list.ts';
import type { JobRegistry } from './job-registry.ts';
import { type JobState, unknownJob } from './job-state.ts';
import { type Leadership, Poller, type PollerOptions } from './poller.ts';
import type { Subscriber } from './subscriber.ts';

/** Leadership of a gateway without Redis: it polls. */
const ALONE: Leadership = { isPolling: true, async close() {} };

/**
 * Subscriptions of this process to the states of jobs. All subscribers of a job share its polls.
 *
 * A change is another `rawStatus`, also between two statuses that the schema does not know; a change of other fields alone is none.
 * A state that lasts for less than a poll interval may be missed.
 */
export class JobSubscriptions {
  readonly #source: JobSource;
  readonly #observer: Observer;
  readonly #jobs: JobRegistry;
  readonly #pollMs: number;
  readonly #poller: Poller;
  readonly #leadership: Leadership;
  readonly #reads = new SingleFlight<TimedRow<VoiceJob>>();

  constructor({
    leadership = ALONE,
    ...options
  }: Omit<PollerOptions, 'leadership'> & { readonly leadership?: Leadership | undefined }) {
    const { source, observer, jobs, pollMs } = options;
    this.#source = source;
    this.#observer = observer;
    this.#jobs = jobs;
    this.#pollMs = pollMs;
    this.#leadership = leadership;
    this.#poller = new Poller({ ...options, leadership });
    jobs.listen({ changed() {}, gone() {}, interestChanged: () => jobs.size > 0 && this.#poller.start() });
  }

  /**
   * The current state of a job, then each change in order, until a final state. Resolves when the first read has ended, even with an
   * upstream error: a failing upstream delays states but ends no subscription. A client that reads too slowly loses the oldest states.
   *
   * @param caller waits for the first state; its read has priority over polls
   * @throws BadInputError if there is no such job. The iterator throws it too, when the job is deleted later
   * @throws the reason of the caller's signal
   */
  async subscribe(jobId: string, caller?: Caller): Promise<AsyncIterableIterator<VoiceJob, undefined>> {
    const [job, subscriber] = this.#jobs.subscribe(jobId, () => this.#observer.subscriptionsChanged(-1));
    this.#observer.subscriptionsChanged(1);
    const cached = this.#source.cache?.cachedRow(jobId)?.row;
    if (cached?.isFinal) {
      subscriber.offer(cached);
      return subscriber;
    }
    const since = later(monotonicNow(), -this.#pollMs);
    if (job.sentAt >= since) job.sendFirstState();
    else await this.#read(job, since, subscriber, caller);
    subscriber.throwIfFailed();
    return subscriber;
  }

  /** Ends all subscriptions without an error; the server sends the reason to its clients. */
  async close(): Promise<void> {
    this.#poller.close();
    for (const job of [...this.#jobs]) job.end();
    await this.#leadership.close();
  }

  /** Reads the first state, with one call for all concurrent subscribers. */
  async #read(
    job: JobState,
    since: MonotonicMs,
    subscriber: Subscriber,
    caller: Caller | undefined,
  ): Promise<void> {
    try {
      const read = await this.#reads.join(job.jobId, since, caller?.signal, (signal) =>
        this.#readOnce(job, since, callerOfShared(caller, signal)),
      );
      if (read.row === null) subscriber.end(unknownJob());
      job.sendFirstState();
    } catch (error) {
      if (error instanceof UpstreamError) return;
      subscriber.end();
      throw error;
    }
  }

  async #readOnce(job: JobState, since: MonotonicMs, caller: Caller): Promise<TimedRow<VoiceJob>> {
    job.callsInFlight++;
    try {
      const read = await this.#source.row(job.jobId, since, caller);
      this.#jobs.rowRead(job.jobId, read);
      return read;
    } finally {
      job.callsInFlight--;
    }
  }
}
