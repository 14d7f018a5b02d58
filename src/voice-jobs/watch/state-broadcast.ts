import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { inBackground } from '../../guarded.ts';
import type { RedisConnection } from '../../redis/connection.ts';
import { SharedClock } from './shared-clock.ts';
import { decodeMessage, encodeMessage, type ToldState, type WatchMessage } from './watch-message.ts';
import type { WatchedJob } from './watched-job.ts';
import type { WatchedJobs } from './watched-jobs.ts';

/** Replicas whose messages are followed at a time. Of more, a missed message is not noticed. */
const MAX_REPLICAS = 1000;

/**
 * Tells other replicas what was read here, and takes what they tell. A state is taken when it is certain to be younger than
 * what is known here. Where it is not, or when something may have been missed, the job is in doubt, and is read here once.
 */
export class StateExchange {
  /** This replica, among those that are told of. */
  readonly id = randomUUID();
  readonly #jobs: WatchedJobs;
  readonly #redis: RedisConnection;
  readonly #clock: SharedClock;
  /** The last sequence of each replica; a replica has another name after each start. */
  readonly #sequences = new LRUCache<string, number>({ max: MAX_REPLICAS });
  #channel: string | undefined;
  #end: (() => void) | undefined;
  #sequence = 0;
  #heardReaderAt = Number.NEGATIVE_INFINITY;
  #isTaking = false;

  constructor(jobs: WatchedJobs, redis: RedisConnection) {
    this.#jobs = jobs;
    this.#redis = redis;
    this.#clock = new SharedClock(redis);
  }

  /** When a replica was heard that reads for others, in milliseconds of `performance.now()`. */
  get heardReaderAt(): number {
    return this.#heardReaderAt;
  }

  /** Begins to tell and to hear, or goes on; to be repeated now and then, because clocks drift. */
  async open(channel: string): Promise<void> {
    await this.#clock.set();
    this.#channel = channel;
    this.#end ??= this.#redis.subscribe(channel, (text) => this.#hear(text));
  }

  close(): void {
    this.#channel = undefined;
    this.#end?.();
    this.#end = undefined;
  }

  /**
   * Tells the states of jobs, but for what was told by another. None show that this replica is there.
   *
   * @param isReader whether this one reads for the others
   */
  tell(jobs: readonly WatchedJob[], isReader: boolean): void {
    if (!this.#isTaking)
      this.#say(
        jobs.map((job) => this.#stateOf(job, false)),
        isReader,
      );
  }

  /** Tells that a job is there no longer. */
  tellGone(job: WatchedJob, isReader: boolean): void {
    this.#say([this.#stateOf(job, true)], isReader);
  }

  #say(states: readonly ToldState[], isReader: boolean): void {
    // Counted also where it cannot be said: the others notice that they have missed it.
    this.#sequence++;
    if (this.#channel === undefined || !this.#clock.isSet) return;
    const message = { from: this.id, sequence: this.#sequence, isReader, states };
    inBackground(this.#redis.publish(this.#channel, encodeMessage(message)), this.#redis.failed);
  }

  #stateOf({ jobId, known, sentAt, readAt }: WatchedJob, isGone: boolean): ToldState {
    return {
      jobId,
      job: isGone || known === undefined ? null : known,
      sentAt: this.#clock.earliest(sentAt),
      readAt: this.#clock.latest(readAt),
    };
  }

  #hear(text: string | undefined): void {
    const message = text === undefined ? undefined : decodeMessage(text);
    if (message?.from === this.id) return;
    if (text !== undefined && message === undefined) this.#redis.foundUnreadable('states');
    if (message === undefined || this.#hasMissed(message)) this.#doubtAll();
    if (message?.isReader) this.#heardReaderAt = performance.now();
    for (const state of message?.states ?? []) this.#take(state);
  }

  #hasMissed({ from, sequence }: WatchMessage): boolean {
    const before = this.#sequences.get(from);
    this.#sequences.set(from, sequence);
    return before !== undefined && sequence !== before + 1;
  }

  #take({ jobId, job, sentAt, readAt }: ToldState): void {
    const watched = this.#jobs.get(jobId);
    if (watched === undefined) return;
    const now = performance.now();
    const earliest = this.#clock.localEarliest(sentAt);
    // A call that is yet to be sent would keep the job from being read until then.
    const isPossible = sentAt <= readAt && earliest <= now;
    if (job === null || !isPossible || !(earliest >= watched.readAt)) {
      if (job === null || job.status !== watched.known?.status) watched.isInDoubt = true;
      return;
    }
    const latest = Math.min(now, this.#clock.localLatest(readAt));
    this.#isTaking = true;
    try {
      this.#jobs.read(watched, { job, sentAt: earliest }, latest);
    } finally {
      this.#isTaking = false;
    }
  }

  #doubtAll(): void {
    for (const job of this.#jobs) if (job.followers > 0) job.isInDoubt = true;
  }
}
