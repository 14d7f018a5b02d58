import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type MonotonicMs, monotonicNow, NEVER, type RedisMs } from '../../clock.ts';
import { inBackground } from '../../guarded.ts';
import type { RedisConnection } from '../../redis/redis-connection.ts';
import type { VoiceJob } from '../job.ts';
import { compactJob, expandJob } from '../job-list.ts';
import type { JobRegistry } from './job-registry.ts';
import type { JobState } from './job-state.ts';

/** Maximum number of replicas whose sequence is tracked. Lost messages of further replicas go unnoticed. */
const MAX_REPLICAS = 1000;

/**
 * Publishes the states that this replica read, and applies those of other replicas if they are certainly newer. If the order is
 * uncertain, or a message may have been lost, the job is read here once.
 */
export class StateBroadcast {
  readonly id = randomUUID();
  readonly #jobs: JobRegistry;
  readonly #redis: RedisConnection;
  readonly #clock: RedisClock;
  /** The last sequence number of each replica. A restarted replica has a new id. */
  readonly #sequences = new LRUCache<string, number>({ max: MAX_REPLICAS });
  #channel: string | undefined;
  #unsubscribe: (() => void) | undefined;
  #sequence = 0;
  #heardLeaderAt = NEVER;
  #isApplying = false;

  constructor(jobs: JobRegistry, redis: RedisConnection) {
    this.#jobs = jobs;
    this.#redis = redis;
    this.#clock = new RedisClock(redis);
  }

  get heardLeaderAt(): MonotonicMs {
    return this.#heardLeaderAt;
  }

  /** Starts to publish and to receive, and synchronizes the clock. Call it regularly, because clocks drift. */
  async open(channel: string): Promise<void> {
    await this.#clock.sync();
    this.#channel = channel;
    this.#unsubscribe ??= this.#redis.subscribe(channel, (text) => this.#onMessage(text));
  }

  close(): void {
    this.#channel = undefined;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Publishes the states of jobs, unless they came from another replica. An empty list is a heartbeat. */
  publish(jobs: readonly JobState[], isReader: boolean): void {
    if (this.#isApplying) return;
    const states = jobs.map((job) => this.#publishedState(job, false));
    this.#send(states, isReader);
  }

  publishGone(job: JobState, isReader: boolean): void {
    this.#send([this.#publishedState(job, true)], isReader);
  }

  #send(states: readonly PublishedState[], isReader: boolean): void {
    // Incremented even if the message cannot be sent, so that the others notice the gap.
    this.#sequence++;
    if (this.#channel === undefined || !this.#clock.isSynced) return;
    const message = { from: this.id, sequence: this.#sequence, isReader, states };
    inBackground(this.#redis.publish(this.#channel, encodeMessage(message)), this.#redis.failed);
  }

  #publishedState({ jobId, known, sentAt, readAt }: JobState, isGone: boolean): PublishedState {
    return {
      jobId,
      job: isGone || known === undefined ? null : known,
      sentAt: this.#clock.earliest(sentAt),
      readAt: this.#clock.latest(readAt),
    };
  }

  #onMessage(text: string | undefined): void {
    const message = text === undefined ? undefined : decodeMessage(text);
    if (message?.from === this.id) return;
    if (text !== undefined && message === undefined) this.#redis.reportUnreadable('states');
    if (message === undefined || this.#missedMessage(message)) this.#invalidateAll();
    if (message?.isReader) this.#heardLeaderAt = monotonicNow();
    for (const state of message?.states ?? []) this.#apply(state);
  }

  #missedMessage({ from, sequence }: StateMessage): boolean {
    const before = this.#sequences.get(from);
    this.#sequences.set(from, sequence);
    return before !== undefined && sequence !== before + 1;
  }

  #apply({ jobId, job, sentAt, readAt }: PublishedState): void {
    const state = this.#jobs.get(jobId);
    if (state === undefined) return;
    const now = monotonicNow();
    const earliest = this.#clock.localEarliest(sentAt);
    // A send time in the future would keep the job from being polled until then.
    const isPossible = sentAt <= readAt && earliest <= now;
    if (job === null || !isPossible || !(earliest >= state.readAt)) {
      if (job === null || job.rawStatus !== state.known?.rawStatus) state.needsRead = true;
      return;
    }
    const latest = Math.min(now, this.#clock.localLatest(readAt)) as MonotonicMs;
    this.#isApplying = true;
    try {
      this.#jobs.update(state, { row: job, sentAt: earliest }, latest);
    } finally {
      this.#isApplying = false;
    }
  }

  #invalidateAll(): void {
    for (const job of this.#jobs) if (job.subscribers > 0) job.needsRead = true;
  }
}

/** Upper bound for a plausible time, in milliseconds since 1970: after the year 5000. */
const MAX_TIME = 1e14;

/**
 * Redis's clock, with the uncertainty of one round trip. A local time maps to an earliest and a latest time of Redis, and vice versa.
 */
class RedisClock {
  readonly #redis: RedisConnection;
  /** Bounds of Redis's clock minus the local clock, in milliseconds. */
  #minOffsetMs = Number.NEGATIVE_INFINITY;
  #maxOffsetMs = Number.POSITIVE_INFINITY;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** Reads Redis's clock. Without a reply the previous bounds stay in effect. */
  async sync(): Promise<void> {
    const askedAt = monotonicNow();
    const reply = await this.#redis.command('time');
    if (!Array.isArray(reply)) return;
    const [seconds, microseconds] = reply.map(Number) as [number, number];
    const time = 1000 * seconds + microseconds / 1000;
    if (!(time > 0 && time < MAX_TIME)) return this.#redis.reportUnreadable('clock');
    this.#minOffsetMs = time - monotonicNow();
    this.#maxOffsetMs = time - askedAt;
  }

  get isSynced(): boolean {
    return this.#maxOffsetMs < Number.POSITIVE_INFINITY;
  }

  earliest(local: MonotonicMs): RedisMs {
    return (local + this.#minOffsetMs) as RedisMs;
  }

  latest(local: MonotonicMs): RedisMs {
    return (local + this.#maxOffsetMs) as RedisMs;
  }

  localEarliest(time: RedisMs): MonotonicMs {
    return (time - this.#maxOffsetMs) as number as MonotonicMs;
  }

  localLatest(time: RedisMs): MonotonicMs {
    return (time - this.#minOffsetMs) as number as MonotonicMs;
  }
}

/** Maximum length of a message, in characters: room for {@link MAX_INTEREST} ids, and for far more states than change at once. */
const MAX_MESSAGE_LENGTH = 16 * 1024 * 1024;

/** Maximum number of jobs in an interest: the subscriptions that fifty clients may have open. */
const MAX_INTEREST = 100_000;

/** The state of a job in a message. */
export interface PublishedState {
  readonly jobId: string;
  /** Null if the job does not exist. */
  readonly job: VoiceJob | null;
  /** Lower bound of the time at which the call was sent. */
  readonly sentAt: RedisMs;
  /** Upper bound of the time at which the response had arrived. */
  readonly readAt: RedisMs;
}

/** A message of a replica: states, or none as a heartbeat. */
export interface StateMessage {
  /** Id of the sender. */
  readonly from: string;
  /** Incremented with each message of this sender, so that a lost message leaves a gap. */
  readonly sequence: number;
  /** Whether the sender is the leader. */
  readonly isReader: boolean;
  readonly states: readonly PublishedState[];
}

/** The jobs that have subscribers on a replica, for the leader to poll. */
export interface Interest {
  readonly from: string;
  readonly jobIds: readonly string[];
}

export function encodeInterest(interest: Interest): string {
  return JSON.stringify(interest);
}

/** Decodes an interest; undefined for anything that {@link encodeInterest} did not write. Keeps the first {@link MAX_INTEREST} jobs. */
export function decodeInterest(text: string): Interest | undefined {
  const interest = parseObject(text);
  if (interest === undefined || !isReplicaId(interest.from) || !Array.isArray(interest.jobIds))
    return undefined;
  const jobIds = interest.jobIds.slice(0, MAX_INTEREST);
  return jobIds.every((jobId) => typeof jobId === 'string') ? { from: interest.from, jobIds } : undefined;
}

export function encodeMessage(message: StateMessage): string {
  const states = message.states.map((state) => ({ ...state, job: state.job && compactJob(state.job) }));
  return JSON.stringify({ ...message, states });
}

/** Decodes a message; undefined for anything that {@link encodeMessage} did not write. */
export function decodeMessage(text: string): StateMessage | undefined {
  const message = parseObject(text);
  if (message === undefined) return undefined;
  const { from, sequence, isReader, states } = message;
  if (!isReplicaId(from) || !Number.isSafeInteger(sequence) || typeof isReader !== 'boolean')
    return undefined;
  const decoded = Array.isArray(states) ? states.map(stateOf) : [undefined];
  return decoded.every((state) => state !== undefined)
    ? { from, sequence: sequence as number, isReader, states: decoded }
    : undefined;
}

function stateOf(value: unknown): PublishedState | undefined {
  const { jobId, job, sentAt, readAt } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof jobId !== 'string' || !isTime(sentAt) || !isTime(readAt)) return undefined;
  if (job === null) return { jobId, job, sentAt, readAt };
  try {
    const expanded = expandJob(job);
    return expanded.jobId === jobId ? { jobId, job: expanded, sentAt, readAt } : undefined;
  } catch {
    return undefined;
  }
}

function isTime(value: unknown): value is RedisMs {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Whether a value can be the id of a replica, which is a UUID. */
function isReplicaId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 64;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text.length > MAX_MESSAGE_LENGTH) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
