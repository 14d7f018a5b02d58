import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type MonotonicMs, monotonicNow, NEVER, type RedisMs } from '../../clock.ts';
import { inBackground } from '../../guarded.ts';
import type { RedisConnection } from '../../redis/redis-connection.ts';
import type { VoiceJob } from '../job.ts';
import { compactJob, expandJob } from '../job-list.ts';
import type { JobRegistry } from './job-registry.ts';
import type { JobState } from './job-state.ts';

/** Replicas whose sequences are remembered. Of more, a missed message is not noticed. */
const MAX_REPLICAS = 1000;

/**
 * Publishes states that were read here, and takes those of other replicas where they are certain to be younger. Where they are not,
 * or when a message may have been missed, the job is in doubt and is read here once.
 */
export class StateBroadcast {
  readonly id = randomUUID();
  readonly #jobs: JobRegistry;
  readonly #redis: RedisConnection;
  readonly #clock: RedisClock;
  /** The last sequence of each replica; a replica has another name after each start. */
  readonly #sequences = new LRUCache<string, number>({ max: MAX_REPLICAS });
  #channel: string | undefined;
  #end: (() => void) | undefined;
  #sequence = 0;
  #heardLeaderAt = NEVER;
  #isTaking = false;

  constructor(jobs: JobRegistry, redis: RedisConnection) {
    this.#jobs = jobs;
    this.#redis = redis;
    this.#clock = new RedisClock(redis);
  }

  get heardLeaderAt(): MonotonicMs {
    return this.#heardLeaderAt;
  }

  /** Begins to publish and to listen, or goes on; to be repeated now and then, because clocks drift. */
  async open(channel: string): Promise<void> {
    await this.#clock.set();
    this.#channel = channel;
    this.#end ??= this.#redis.subscribe(channel, (text) => this.#onMessage(text));
  }

  close(): void {
    this.#channel = undefined;
    this.#end?.();
    this.#end = undefined;
  }

  /** Publishes the states of jobs, unless they came from another replica. None are a heartbeat. */
  publish(jobs: readonly JobState[], isReader: boolean): void {
    if (this.#isTaking) return;
    const states = jobs.map((job) => this.#publishedState(job, false));
    this.#send(states, isReader);
  }

  publishGone(job: JobState, isReader: boolean): void {
    this.#send([this.#publishedState(job, true)], isReader);
  }

  #send(states: readonly PublishedState[], isReader: boolean): void {
    // Counted also where it cannot be sent: the others notice that they have missed it.
    this.#sequence++;
    if (this.#channel === undefined || !this.#clock.isSet) return;
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
    if (message === undefined || this.#hasMissed(message)) this.#invalidateAll();
    if (message?.isReader) this.#heardLeaderAt = monotonicNow();
    for (const state of message?.states ?? []) this.#take(state);
  }

  #hasMissed({ from, sequence }: StateMessage): boolean {
    const before = this.#sequences.get(from);
    this.#sequences.set(from, sequence);
    return before !== undefined && sequence !== before + 1;
  }

  #take({ jobId, job, sentAt, readAt }: PublishedState): void {
    const watched = this.#jobs.get(jobId);
    if (watched === undefined) return;
    const now = monotonicNow();
    const earliest = this.#clock.localEarliest(sentAt);
    // A call that is yet to be sent would keep the job from being read until then.
    const isPossible = sentAt <= readAt && earliest <= now;
    if (job === null || !isPossible || !(earliest >= watched.readAt)) {
      if (job === null || job.rawStatus !== watched.known?.rawStatus) watched.isInDoubt = true;
      return;
    }
    const latest = Math.min(now, this.#clock.localLatest(readAt)) as MonotonicMs;
    this.#isTaking = true;
    try {
      this.#jobs.read(watched, { row: job, sentAt: earliest }, latest);
    } finally {
      this.#isTaking = false;
    }
  }

  #invalidateAll(): void {
    for (const job of this.#jobs) if (job.subscribers > 0) job.isInDoubt = true;
  }
}

/** Past the year 5000, in milliseconds since 1970: no clock says so. */
const MAX_TIME = 1e14;

/** Redis's clock, known as exactly as one round trip allows: a time of one clock is an earliest and a latest of the other. */
class RedisClock {
  readonly #redis: RedisConnection;
  /** Bounds of how far Redis's clock is ahead of the local one, in milliseconds. */
  #least = Number.NEGATIVE_INFINITY;
  #most = Number.POSITIVE_INFINITY;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** Reads Redis's clock. Without a reply the last bounds stay. */
  async set(): Promise<void> {
    const askedAt = monotonicNow();
    const reply = await this.#redis.command('time');
    if (!Array.isArray(reply)) return;
    const [seconds, microseconds] = reply.map(Number) as [number, number];
    const time = 1000 * seconds + microseconds / 1000;
    if (!(time > 0 && time < MAX_TIME)) return this.#redis.reportUnreadable('clock');
    this.#least = time - monotonicNow();
    this.#most = time - askedAt;
  }

  get isSet(): boolean {
    return this.#most < Number.POSITIVE_INFINITY;
  }

  earliest(local: MonotonicMs): RedisMs {
    return (local + this.#least) as RedisMs;
  }

  latest(local: MonotonicMs): RedisMs {
    return (local + this.#most) as RedisMs;
  }

  localEarliest(time: RedisMs): MonotonicMs {
    return (time - this.#most) as number as MonotonicMs;
  }

  localLatest(time: RedisMs): MonotonicMs {
    return (time - this.#least) as number as MonotonicMs;
  }
}

/** Longest message that is read, in characters: room for {@link MAX_INTEREST} ids, and for far more states than change at a time. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** Most jobs that one replica can want: as many subscriptions as fifty clients can have open. */
const MAX_INTEREST = 100_000;

export interface PublishedState {
  readonly jobId: string;
  readonly job: VoiceJob | null;
  /** The call that read it was sent then or later. */
  readonly sentAt: RedisMs;
  /** It had been read by then. */
  readonly readAt: RedisMs;
}

/** The message of a replica: states, or none as a heartbeat. */
export interface StateMessage {
  readonly from: string;
  /** One more with each message of this sender, so that a gap shows. */
  readonly sequence: number;
  /** Whether the sender polls for the others. */
  readonly isReader: boolean;
  readonly states: readonly PublishedState[];
}

/** The jobs that a replica wants to have polled: all that have subscribers there. */
export interface Interest {
  readonly from: string;
  readonly jobIds: readonly string[];
}

export function encodeInterest(interest: Interest): string {
  return JSON.stringify(interest);
}

/** Undefined for what {@link encodeInterest} did not write. Of too many jobs, the first {@link MAX_INTEREST}. */
export function decodeInterest(text: string): Interest | undefined {
  const interest = objectIn(text);
  if (interest === undefined || !isName(interest.from) || !Array.isArray(interest.jobIds)) return undefined;
  const jobIds = interest.jobIds.slice(0, MAX_INTEREST);
  return jobIds.every((jobId) => typeof jobId === 'string') ? { from: interest.from, jobIds } : undefined;
}

export function encodeMessage(message: StateMessage): string {
  const states = message.states.map((state) => ({ ...state, job: state.job && compactJob(state.job) }));
  return JSON.stringify({ ...message, states });
}

/** Undefined for what {@link encodeMessage} did not write. */
export function decodeMessage(text: string): StateMessage | undefined {
  const message = objectIn(text);
  if (message === undefined) return undefined;
  const { from, sequence, isReader, states } = message;
  if (!isName(from) || !Number.isSafeInteger(sequence) || typeof isReader !== 'boolean') return undefined;
  const told = Array.isArray(states) ? states.map(stateOf) : [undefined];
  return told.every((state) => state !== undefined)
    ? { from, sequence: sequence as number, isReader, states: told }
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

/** A replica's name is a UUID. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 64;
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
