import { SingleFlight } from '../../cache/single-flight.ts';
import { UpstreamError } from '../../errors.ts';
import type { Observer } from '../../observer.ts';
import type { Caller } from '../caller.ts';
import type { VoiceJob } from '../job.ts';
import type { JobSource, TimedJob } from '../source.ts';
import type { Follower } from './follower.ts';
import { Poller } from './poller.ts';
import { ALONE, type Sharing } from './sharing.ts';
import { unknownJob, type WatchedJob } from './watched-job.ts';
import type { WatchedJobs } from './watched-jobs.ts';

/** What a watch is made of. */
export interface JobWatchOptions {
  readonly source: JobSource;
  /** Told of all that the source reads. */
  readonly jobs: WatchedJobs;
  /** How often each job is looked at, in milliseconds. */
  readonly pollMs: number;
  /** How many upstream calls may be made now without taking the place of a caller's. */
  readonly spareCalls: () => number;
  /** With which other processes the reading is shared. @default none */
  readonly sharing?: Sharing;
}

/**
 * Shows the states that jobs go through, to as many as look on, by one poller for each job. Belongs to the process.
 *
 * A change is another `status`; that `message` or another field alone is different is none. A status that the schema does
 * not know is null, and a change like any other. States that come and go between two looks are not seen.
 */
export class JobWatch {
  readonly #source: JobSource;
  readonly #observer: Observer;
  readonly #jobs: WatchedJobs;
  readonly #pollMs: number;
  readonly #poller: Poller;
  readonly #sharing: Sharing;
  readonly #reads = new SingleFlight<TimedJob>();

  constructor({ source, jobs, pollMs, spareCalls, sharing = ALONE }: JobWatchOptions) {
    this.#source = source;
    this.#observer = source.observer;
    this.#jobs = jobs;
    this.#pollMs = pollMs;
    this.#sharing = sharing;
    this.#poller = new Poller({ source, jobs, sharing, pollMs, spareCalls });
    jobs.listen({ changed() {}, gone() {}, turned: () => jobs.size > 0 && this.#poller.wake() });
  }

  /**
   * The state of a job, then each change of it once and in order, until it is final. Comes back when the first state is
   * known; while the upstream fails, when that is known, and the state follows as soon as it can be read. From then on a
   * failing upstream delays states and ends nothing.
   *
   * Who takes no states holds back nobody, and skips the oldest of more than 8 that wait.
   *
   * @param caller who waits for the first state; what is read for it goes before polls
   * @throws BadInputError when there is no such job; so do the states of one that is deleted meanwhile
   * @throws the reason of the caller's signal
   */
  async follow(jobId: string, caller?: Caller): Promise<AsyncIterableIterator<VoiceJob, undefined>> {
    const [job, follower] = this.#jobs.join(jobId, () => this.#observer.followed(-1));
    this.#observer.followed(1);
    const held = this.#source.heldJob(jobId)?.job;
    if (held?.isFinal) {
      follower.offer(held);
      return follower;
    }
    const since = performance.now() - this.#pollMs;
    if (job.sentAt >= since) job.welcome();
    else await this.#read(job, since, follower, caller);
    follower.throwIfFailed();
    return follower;
  }

  /** Ends all looking on, without a word: whoever looks on is told by whoever serves it. */
  async close(): Promise<void> {
    this.#poller.close();
    for (const job of [...this.#jobs]) job.end();
    await this.#sharing.close();
  }

  /** What was asked for meanwhile by others may be known already, and is no older. */
  async #read(job: WatchedJob, since: number, follower: Follower, caller: Caller | undefined): Promise<void> {
    try {
      const read = await this.#reads.join(job.jobId, since, caller?.signal, (signal) =>
        this.#readOnce(job, since, caller, signal),
      );
      if (read.job === null) follower.end(unknownJob());
      job.welcome();
    } catch (error) {
      if (error instanceof UpstreamError) return;
      follower.end();
      throw error;
    }
  }

  /** Counted for the caller that came first; the call goes on as long as any of them waits. */
  async #readOnce(
    job: WatchedJob,
    since: number,
    first: Caller | undefined,
    signal: AbortSignal,
  ): Promise<TimedJob> {
    const caller = {
      signal,
      upstreamCalls: 0,
      span: first?.span,
      upstreamRequestIds: first?.upstreamRequestIds,
    };
    job.callsUnderWay++;
    try {
      const read = await this.#source.jobSince(job.jobId, since, caller);
      this.#jobs.jobRead(job.jobId, read);
      return read;
    } finally {
      job.callsUnderWay--;
      if (first !== undefined) first.upstreamCalls += caller.upstreamCalls;
    }
  }
}
