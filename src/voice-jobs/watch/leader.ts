import { later, type MonotonicMs, monotonicNow, NEVER } from '../../clock.ts';
import { guarded, inBackground } from '../../guarded.ts';
import { Lease } from '../../redis/lease.ts';
import type { ReplicaNamespace } from '../../redis/redis-connection.ts';
import type { JobRegistry, JobStateListener } from './job-registry.ts';
import type { JobState } from './job-state.ts';
import type { Leadership } from './poller.ts';
import { decodeInterest, encodeInterest, type Interest, StateBroadcast } from './state-broadcast.ts';

/** Interval at which the leader renews its lease and the others publish their interest, in milliseconds. */
const HEARTBEAT_MS = 1000;

/** Expiry of the lease, in milliseconds: tolerates one lost renewal. */
const LEASE_MS = 2000;

/** Time without a message of a leader after which every replica polls for itself, in milliseconds. */
const LEADER_TIMEOUT_MS = 2500;

/** Delay before a new interest is published, in milliseconds, so that concurrent subscriptions share a message. */
const PUBLISH_DELAY_MS = 20;

/** Expiry of an interest, in milliseconds; it is published every {@link HEARTBEAT_MS}. */
const INTEREST_MS = 3000;

/** Maximum number of replicas whose interest is tracked. */
const MAX_REPLICAS = 1000;

/** Version of the messages, in every name in Redis, so that incompatible versions ignore each other. Increase it with each change. */
const VERSION = 2;

/** Lease and channels that the replicas of one account share in Redis. */
interface AccountNamespace {
  readonly account: string;
  readonly lease: Lease;
  /** Channel of job states. */
  readonly states: string;
  /** Channel on which replicas publish the jobs with subscribers there. */
  readonly interests: string;
}

/**
 * Leader election by a lease in Redis. The leader polls for all replicas and publishes each change; the others publish their jobs every
 * second. Without a message of a leader for {@link LEADER_TIMEOUT_MS}, every replica polls for itself. A replica without subscribers
 * does not participate.
 */
export class LeaderElection implements Leadership, JobStateListener {
  readonly #jobs: JobRegistry;
  readonly #replicas: ReplicaNamespace;
  readonly #broadcast: StateBroadcast;
  #interest = new ReplicaInterest();
  #namespace: AccountNamespace | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #publishTimer: NodeJS.Timeout | undefined;
  #unsubscribeInterests: (() => void) | undefined;
  #leaderUntil = NEVER;

  constructor(jobs: JobRegistry, space: ReplicaNamespace) {
    this.#jobs = jobs;
    this.#replicas = space;
    this.#broadcast = new StateBroadcast(jobs, space.redis);
    jobs.listen(this);
  }

  get isPolling(): boolean {
    return this.#isLeader || monotonicNow() - this.#broadcast.heardLeaderAt > LEADER_TIMEOUT_MS;
  }

  interestChanged({ subscribers }: JobState): void {
    if (subscribers === 0) return;
    const { failed } = this.#replicas.redis;
    const publish = () => {
      this.#publishTimer = undefined;
      if (!this.#isLeader) this.#publishInterest();
    };
    this.#publishTimer ??= setTimeout(guarded(publish, failed), PUBLISH_DELAY_MS);
    if (this.#heartbeat !== undefined) return;
    const sendHeartbeat = guarded(() => this.#sendHeartbeat(), failed);
    this.#heartbeat = setInterval(sendHeartbeat, HEARTBEAT_MS);
    sendHeartbeat();
  }

  changed(job: JobState): void {
    this.#broadcast.publish([job], this.#isLeader);
  }

  gone(job: JobState): void {
    this.#broadcast.publishGone(job, this.#isLeader);
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#publishTimer);
    this.#heartbeat = undefined;
    this.#publishTimer = undefined;
    await this.#leave();
  }

  get #isLeader(): boolean {
    return monotonicNow() < this.#leaderUntil;
  }

  get #subscribed(): string[] {
    return [...this.#jobs].filter(({ subscribers }) => subscribers > 0).map(({ jobId }) => jobId);
  }

  async #sendHeartbeat(): Promise<void> {
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
      this.#unsubscribeInterests ??= this.#replicas.redis.subscribe(namespace.interests, (text) =>
        this.#onInterest(text),
      );
      this.#jobs.setRemoteSubscriptions(this.#interest.jobIds);
      this.#broadcast.publish([], true);
    } else if (isLeader === false) {
      this.#stepDown();
      this.#publishInterest();
    }
  }

  /** The namespace of the current account; undefined while the account is unknown. Switches when the credentials change the account. */
  async #join(): Promise<AccountNamespace | undefined> {
    const { redis, prefix } = this.#replicas;
    let account: string | undefined;
    try {
      account = await this.#replicas.account();
    } catch {
      // Credentials are unavailable at the moment; the account is most likely the same.
      return this.#namespace;
    }
    if (account === this.#namespace?.account) return this.#namespace;
    await this.#leave();
    if (account === undefined) return undefined;
    const name = `${prefix}live${VERSION}:${account}`;
    const lease = new Lease(redis, `${name}:reader`, LEASE_MS);
    this.#namespace = { account, lease, states: `${name}:states`, interests: `${name}:wishes` };
    return this.#namespace;
  }

  /** Leaves the current namespace: unsubscribes, and releases the lease. */
  async #leave(): Promise<void> {
    this.#broadcast.close();
    const left = this.#namespace;
    const wasLeader = this.#isLeader;
    this.#namespace = undefined;
    this.#stepDown();
    // Another replica acquires it at its next heartbeat.
    if (wasLeader) await left?.lease.release();
  }

  #stepDown(): void {
    this.#leaderUntil = NEVER;
    this.#unsubscribeInterests?.();
    this.#unsubscribeInterests = undefined;
    this.#interest = new ReplicaInterest();
    this.#jobs.setRemoteSubscriptions(new Set());
  }

  #publishInterest(): void {
    if (this.#namespace === undefined) return;
    const interest = encodeInterest({ from: this.#broadcast.id, jobIds: this.#subscribed });
    const { redis } = this.#replicas;
    inBackground(redis.publish(this.#namespace.interests, interest), redis.failed);
  }

  /** Handles the interest of a replica. Publishes the states of its new jobs again, because it may have missed them. */
  #onInterest(text: string | undefined): void {
    const interest = text === undefined ? undefined : decodeInterest(text);
    if (interest === undefined) {
      if (text !== undefined) this.#replicas.redis.reportUnreadable('interest');
      return;
    }
    const isNew = new Set(this.#interest.add(interest));
    if (isNew.size === 0) return;
    this.#jobs.setRemoteSubscriptions(this.#interest.jobIds);
    const known = [...this.#jobs].filter((job) => isNew.has(job.jobId) && job.known !== undefined);
    if (known.length > 0) this.#broadcast.publish(known, true);
  }
}

/** The jobs with subscribers on other replicas, as published by them. */
export class ReplicaInterest {
  readonly #byReplica = new Map<
    string,
    { readonly jobIds: ReadonlySet<string>; readonly until: MonotonicMs }
  >();

  get jobIds(): ReadonlySet<string> {
    const now = monotonicNow();
    const all = new Set<string>();
    for (const [replica, { jobIds, until }] of this.#byReplica) {
      if (until < now) this.#byReplica.delete(replica);
      else for (const jobId of jobIds) all.add(jobId);
    }
    return all;
  }

  /** Replaces the interest of a replica. @returns the jobs that are new in it */
  add({ from, jobIds }: Interest): string[] {
    const before = this.#byReplica.get(from)?.jobIds;
    if (before === undefined && this.#byReplica.size >= MAX_REPLICAS) return [];
    this.#byReplica.set(from, { jobIds: new Set(jobIds), until: later(monotonicNow(), INTEREST_MS) });
    return jobIds.filter((jobId) => !before?.has(jobId));
  }
}
