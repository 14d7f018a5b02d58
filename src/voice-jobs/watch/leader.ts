import { later, type MonotonicMs, monotonicNow, NEVER } from '../../clock.ts';
import { guarded, inBackground } from '../../guarded.ts';
import { Lease } from '../../redis/lease.ts';
import type { ReplicaNamespace } from '../../redis/redis-connection.ts';
import type { JobRegistry, JobStateListener } from './job-registry.ts';
import type { JobState } from './job-state.ts';
import type { Leadership } from './poller.ts';
import { decodeInterest, encodeInterest, type Interest, StateBroadcast } from './state-broadcast.ts';

/** How often a replica renews its lease or publishes its interest, in milliseconds. */
const HEARTBEAT_MS = 1000;

/** Expiry of the lease, in milliseconds: one renewal may be lost. */
const LEASE_MS = 2000;

/** How long the leader may be silent until every replica polls for itself, in milliseconds. */
const SILENCE_MS = 2500;

const BATCH_MS = 20;

/** Expiry of an interest, in milliseconds; it is published every {@link HEARTBEAT_MS}. */
const INTEREST_MS = 3000;

const MAX_REPLICAS = 1000;

/** Part of all names in Redis, so that other versions of this program do not take part. To be raised with each change of the messages. */
const VERSION = 2;

/** What the replicas of one account share in Redis. */
interface Namespace {
  readonly account: string;
  readonly lease: Lease;
  /** Channel of the states that were read. */
  readonly states: string;
  /** Channel of the jobs that replicas want. */
  readonly wishes: string;
}

/**
 * Elects the replica that polls for all, by a lease in Redis. It publishes each change, the others every second which jobs they
 * want. While no leader is heard for {@link SILENCE_MS}, every replica polls for itself. One without subscribers takes no part.
 */
export class LeaderElection implements Leadership, JobStateListener {
  readonly #jobs: JobRegistry;
  readonly #space: ReplicaNamespace;
  readonly #broadcast: StateBroadcast;
  #interest = new ReplicaInterest();
  #namespace: Namespace | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #batching: NodeJS.Timeout | undefined;
  #endWishes: (() => void) | undefined;
  #leaderUntil = NEVER;

  constructor(jobs: JobRegistry, space: ReplicaNamespace) {
    this.#jobs = jobs;
    this.#space = space;
    this.#broadcast = new StateBroadcast(jobs, space.redis);
    jobs.listen(this);
  }

  get isReader(): boolean {
    return this.#isLeader || monotonicNow() - this.#broadcast.heardLeaderAt > SILENCE_MS;
  }

  subscribersTurned({ subscribers }: JobState): void {
    if (subscribers === 0) return;
    const { failed } = this.#space.redis;
    const publish = () => {
      this.#batching = undefined;
      if (!this.#isLeader) this.#publishInterest();
    };
    this.#batching ??= setTimeout(guarded(publish, failed), BATCH_MS);
    if (this.#heartbeat !== undefined) return;
    const beat = guarded(() => this.#beat(), failed);
    this.#heartbeat = setInterval(beat, HEARTBEAT_MS);
    beat();
  }

  changed(job: JobState): void {
    this.#broadcast.publish([job], this.#isLeader);
  }

  gone(job: JobState): void {
    this.#broadcast.publishGone(job, this.#isLeader);
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#batching);
    this.#heartbeat = undefined;
    this.#batching = undefined;
    await this.#leave();
  }

  get #isLeader(): boolean {
    return monotonicNow() < this.#leaderUntil;
  }

  get #subscribed(): string[] {
    return [...this.#jobs].filter(({ subscribers }) => subscribers > 0).map(({ jobId }) => jobId);
  }

  async #beat(): Promise<void> {
    if (this.#subscribed.length === 0) return this.close();
    const namespace = await this.#join();
    if (namespace === undefined) return;
    await this.#broadcast.open(namespace.states);
    const askedAt = monotonicNow();
    const isLeader = await namespace.lease.acquire();
    // Closed in the meantime.
    if (this.#heartbeat === undefined) return this.close();
    if (isLeader) {
      this.#leaderUntil = later(askedAt, LEASE_MS);
      this.#endWishes ??= this.#space.redis.subscribe(namespace.wishes, (text) => this.#onInterest(text));
      this.#jobs.wantElsewhere(this.#interest.wanted);
      this.#broadcast.publish([], true);
    } else if (isLeader === false) {
      this.#stepDown();
      this.#publishInterest();
    }
  }

  /** Undefined while the account is not known. Credentials of another account lead to another namespace. */
  async #join(): Promise<Namespace | undefined> {
    const { redis, prefix } = this.#space;
    let account: string | undefined;
    try {
      account = await this.#space.account();
    } catch {
      // No credentials at the moment, which says nothing about the account.
      return this.#namespace;
    }
    if (account === this.#namespace?.account) return this.#namespace;
    await this.#leave();
    if (account === undefined) return undefined;
    const name = `${prefix}live${VERSION}:${account}`;
    const lease = new Lease(redis, `${name}:reader`, LEASE_MS);
    this.#namespace = { account, lease, states: `${name}:states`, wishes: `${name}:wishes` };
    return this.#namespace;
  }

  /** Publishes and receives nothing more in the present namespace. */
  async #leave(): Promise<void> {
    this.#broadcast.close();
    const left = this.#namespace;
    const wasLeader = this.#isLeader;
    this.#namespace = undefined;
    this.#stepDown();
    // So that another replica takes it at its next heartbeat.
    if (wasLeader) await left?.lease.release();
  }

  #stepDown(): void {
    this.#leaderUntil = NEVER;
    this.#endWishes?.();
    this.#endWishes = undefined;
    this.#interest = new ReplicaInterest();
    this.#jobs.wantElsewhere(new Set());
  }

  #publishInterest(): void {
    if (this.#namespace === undefined) return;
    const interest = encodeInterest({ from: this.#broadcast.id, jobIds: this.#subscribed });
    const { redis } = this.#space;
    inBackground(redis.publish(this.#namespace.wishes, interest), redis.failed);
  }

  /** A replica with new interest in a job may have missed its state. */
  #onInterest(text: string | undefined): void {
    const interest = text === undefined ? undefined : decodeInterest(text);
    if (interest === undefined) {
      if (text !== undefined) this.#space.redis.reportUnreadable('interest');
      return;
    }
    const isNew = new Set(this.#interest.add(interest));
    if (isNew.size === 0) return;
    this.#jobs.wantElsewhere(this.#interest.wanted);
    const known = [...this.#jobs].filter((job) => isNew.has(job.jobId) && job.known !== undefined);
    if (known.length > 0) this.#broadcast.publish(known, true);
  }
}

/** The jobs that other replicas want to have polled. */
export class ReplicaInterest {
  readonly #byReplica = new Map<
    string,
    { readonly jobIds: ReadonlySet<string>; readonly until: MonotonicMs }
  >();

  get wanted(): ReadonlySet<string> {
    const now = monotonicNow();
    const wanted = new Set<string>();
    for (const [replica, { jobIds, until }] of this.#byReplica) {
      if (until < now) this.#byReplica.delete(replica);
      else for (const jobId of jobIds) wanted.add(jobId);
    }
    return wanted;
  }

  /** @returns the jobs that this replica had not wanted before */
  add({ from, jobIds }: Interest): string[] {
    const before = this.#byReplica.get(from)?.jobIds;
    if (before === undefined && this.#byReplica.size >= MAX_REPLICAS) return [];
    this.#byReplica.set(from, { jobIds: new Set(jobIds), until: later(monotonicNow(), INTEREST_MS) });
    return jobIds.filter((jobId) => !before?.has(jobId));
  }
}
