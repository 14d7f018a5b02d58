import { guarded, inBackground } from '../../guarded.ts';
import { Lease } from '../../redis/lease.ts';
import type { ReplicaNamespace } from '../../redis/redis-connection.ts';
import { Peers } from './peers.ts';
import type { Sharing } from './sharing.ts';
import { StateExchange } from './state-exchange.ts';
import { decodeWish, encodeWish } from './watch-message.ts';
import type { WatchedJob } from './watched-job.ts';
import type { WatchedJobs, WatchListener } from './watched-jobs.ts';

/** How often a replica shows that it is there, in milliseconds. */
const BEAT_MS = 1000;

/** How long the right to read holds that is not renewed, in milliseconds: a renewal may be lost. */
const LEASE_MS = 2000;

/** How long nothing may be heard of a reader until every replica reads for itself, in milliseconds. */
const SILENCE_MS = 2500;

/** How long wishes are gathered that come at about the same time, in milliseconds. */
const GATHER_MS = 20;

/** By which other versions of this program are left alone. To be raised with each change of what is said. */
const VERSION = 1;

/** Where replicas of one account meet. */
interface Meeting {
  /** Key of the account. */
  readonly account: string;
  readonly lease: Lease;
  /** Channel on which all hear what was read. */
  readonly states: string;
  /** Channel on which the reader hears what the others want. */
  readonly wishes: string;
}

/**
 * One of the replicas reads what any of them watches, and tells the others of each change. Which one, a lock in Redis
 * says. Each of the others says every second what it wants to have read; when it hears nothing of the reader for
 * {@link SILENCE_MS}, because the reader has died or Redis has gone, it reads for itself, until it hears of one again. A
 * replica takes part as long as somebody looks on at it.
 */
export class RedisSharing implements Sharing, WatchListener {
  readonly #jobs: WatchedJobs;
  readonly #space: ReplicaNamespace;
  readonly #exchange: StateExchange;
  readonly #peers = new Peers();
  #meeting: Meeting | undefined;
  #beat: NodeJS.Timeout | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #endWishes: (() => void) | undefined;
  /** Until when the right to read is ours, in milliseconds of `performance.now()`. */
  #oursUntil = Number.NEGATIVE_INFINITY;

  constructor(jobs: WatchedJobs, space: ReplicaNamespace) {
    this.#jobs = jobs;
    this.#space = space;
    this.#exchange = new StateExchange(jobs, space.redis);
    jobs.listen(this);
  }

  get isReader(): boolean {
    return this.#isOurs || performance.now() - this.#exchange.heardReaderAt > SILENCE_MS;
  }

  turned({ followers }: WatchedJob): void {
    if (followers === 0) return;
    const { failed } = this.#space.redis;
    const gather = () => {
      this.#gathering = undefined;
      if (!this.#isOurs) this.#wish();
    };
    this.#gathering ??= setTimeout(guarded(gather, failed), GATHER_MS);
    if (this.#beat !== undefined) return;
    const live = guarded(() => this.#live(), failed);
    this.#beat = setInterval(live, BEAT_MS);
    live();
  }

  changed(job: WatchedJob): void {
    this.#exchange.tell([job], this.#isOurs);
  }

  gone(job: WatchedJob): void {
    this.#exchange.tellGone(job, this.#isOurs);
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    clearTimeout(this.#gathering);
    this.#beat = undefined;
    this.#gathering = undefined;
    await this.#leave();
  }

  get #isOurs(): boolean {
    return performance.now() < this.#oursUntil;
  }

  get #followed(): string[] {
    return [...this.#jobs].filter(({ followers }) => followers > 0).map(({ jobId }) => jobId);
  }

  async #live(): Promise<void> {
    if (this.#followed.length === 0) return this.close();
    const meeting = await this.#meet();
    if (meeting === undefined) return;
    await this.#exchange.open(meeting.states);
    const askedAt = performance.now();
    const isOurs = await meeting.lease.acquire();
    // Closed in the meantime.
    if (this.#beat === undefined) return this.close();
    if (isOurs) {
      this.#oursUntil = askedAt + LEASE_MS;
      this.#endWishes ??= this.#space.redis.subscribe(meeting.wishes, (text) => this.#hearWish(text));
      this.#jobs.wantElsewhere(this.#peers.wanted);
      this.#exchange.tell([], true);
    } else if (isOurs === false) {
      this.#retire();
      this.#wish();
    }
  }

  /** Undefined while the account is not known. Credentials of another account lead to another meeting. */
  async #meet(): Promise<Meeting | undefined> {
    const { redis, prefix } = this.#space;
    let account: string | undefined;
    try {
      account = await this.#space.account();
    } catch {
      // No credentials at the moment, which says nothing about the account.
      return this.#meeting;
    }
    if (account === this.#meeting?.account) return this.#meeting;
    await this.#leave();
    if (account === undefined) return undefined;
    const name = `${prefix}live${VERSION}:${account}`;
    const lease = new Lease(redis, `${name}:reader`, LEASE_MS);
    this.#meeting = { account, lease, states: `${name}:states`, wishes: `${name}:wishes` };
    return this.#meeting;
  }

  /** Tells the present replicas nothing more and hears nothing more of them. */
  async #leave(): Promise<void> {
    this.#exchange.close();
    const left = this.#meeting;
    const wasOurs = this.#isOurs;
    this.#meeting = undefined;
    this.#retire();
    // So that another takes it at its next beat.
    if (wasOurs) await left?.lease.release();
  }

  /** Reads for nobody else any more. */
  #retire(): void {
    this.#oursUntil = Number.NEGATIVE_INFINITY;
    this.#endWishes?.();
    this.#endWishes = undefined;
    this.#peers.clear();
    this.#jobs.wantElsewhere(new Set());
  }

  #wish(): void {
    if (this.#meeting === undefined) return;
    const wish = encodeWish({ from: this.#exchange.id, jobIds: this.#followed });
    const { redis } = this.#space;
    inBackground(redis.publish(this.#meeting.wishes, wish), redis.failed);
  }

  /** Who wants a job anew may have missed what was told of it. */
  #hearWish(text: string | undefined): void {
    const wish = text === undefined ? undefined : decodeWish(text);
    if (wish === undefined) {
      if (text !== undefined) this.#space.redis.foundUnreadable('wish');
      return;
    }
    const isNew = new Set(this.#peers.wish(wish));
    if (isNew.size === 0) return;
    this.#jobs.wantElsewhere(this.#peers.wanted);
    const known = [...this.#jobs].filter((job) => isNew.has(job.jobId) && job.known !== undefined);
    if (known.length > 0) this.#exchange.tell(known, true);
  }
}
