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

/** The only replica polls. */
const ALONE: Leadership = { isReader: true, async close() {} };

/**
 * Subscriptions to the states of jobs, any number by one poll of each job. Belongs to the process.
 *
 * A change is another `rawStatus`; that `message` or another field alone is different is none. So a change from one status that
 * the schema does not know to another is one too. States that come and go between two polls are not seen.
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
    jobs.listen({ changed() {}, gone() {}, subscribersTurned: () => jobs.size > 0 && this.#poller.wake() });
  }

  /**
   * The state of a job, then each change of it once and in order, until it is final. Resolves when the first state is known, or that
   * the upstream fails. From then on a failing upstream delays states and ends nothing; a client that reads none skips the oldest.
   *
   * @param caller waits for the first state; its read goes before polls
   * @throws BadInputError when there is no such job; so do the states of one that is deleted meanwhile
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
    if (job.sentAt >= since) job.welcome();
    else await this.#read(job, since, subscriber, caller);
    subscriber.throwIfFailed();
    return subscriber;
  }

  /** Ends all subscriptions without an error: the server tells its clients why. */
  async close(): Promise<void> {
    this.#poller.close();
    for (const job of [...this.#jobs]) job.end();
    await this.#leadership.close();
  }

  /** Reads the first state, once for all who wait for it. */
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
      job.welcome();
    } catch (error) {
      if (error instanceof UpstreamError) return;
      subscriber.end();
      throw error;
    }
  }

  async #readOnce(job: JobState, since: MonotonicMs, caller: Caller): Promise<TimedRow<VoiceJob>> {
    job.callsUnderWay++;
    try {
      const read = await this.#source.row(job.jobId, since, caller);
      this.#jobs.rowRead(job.jobId, read);
      return read;
    } finally {
      job.callsUnderWay--;
    }
  }
}
