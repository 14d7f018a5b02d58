import { isJobFields, VoiceJob } from '../job.ts';

/** Longest message that is read, in characters: all jobs that one replica can watch, and far more states than change at a time. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** Most jobs that one replica is believed to watch: as many subscriptions as fifty clients can have open. */
const MAX_WISHED = 100_000;

/** A state as replicas tell each other of it. Times are those of Redis's clock, in milliseconds. */
export interface ToldState {
  readonly jobId: string;
  /** Null for a job that is no longer there. */
  readonly job: VoiceJob | null;
  /** The call that brought it was sent then or later. */
  readonly sentAt: number;
  /** It was there by then. */
  readonly readAt: number;
}

/** What a replica tells the others: states, or none to show that it reads. */
export interface WatchMessage {
  readonly from: string;
  /** One more with each message of this sender: who misses one notices. */
  readonly sequence: number;
  /** Whether the sender reads what the others watch. */
  readonly isReader: boolean;
  readonly states: readonly ToldState[];
}

/** What a replica wants to have read for it: all jobs on which somebody looks there. */
export interface Wish {
  readonly from: string;
  readonly jobIds: readonly string[];
}

export function encodeWish(wish: Wish): string {
  return JSON.stringify(wish);
}

/** Undefined for what {@link encodeWish} did not write. Of more jobs than one replica is believed to watch, the first ones. */
export function decodeWish(text: string): Wish | undefined {
  const wish = objectIn(text);
  if (wish === undefined || !isName(wish.from) || !Array.isArray(wish.jobIds)) return undefined;
  const jobIds = wish.jobIds.slice(0, MAX_WISHED);
  return jobIds.every((jobId) => typeof jobId === 'string') ? { from: wish.from, jobIds } : undefined;
}

export function encodeMessage(message: WatchMessage): string {
  return JSON.stringify(message);
}

/** Undefined for what {@link encodeMessage} did not write. */
export function decodeMessage(text: string): WatchMessage | undefined {
  const message = objectIn(text);
  if (message === undefined) return undefined;
  const { from, sequence, isReader, states } = message;
  if (!isName(from) || !Number.isSafeInteger(sequence) || typeof isReader !== 'boolean') return undefined;
  const told = Array.isArray(states) ? states.map(stateOf) : [undefined];
  return told.every((state) => state !== undefined)
    ? { from, sequence: sequence as number, isReader, states: told }
    : undefined;
}

function stateOf(value: unknown): ToldState | undefined {
  const { jobId, job, sentAt, readAt } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof jobId !== 'string' || !isTime(sentAt) || !isTime(readAt)) return undefined;
  if (job === null) return { jobId, job, sentAt, readAt };
  return isJobFields(job) && job.jobId === jobId
    ? { jobId, job: new VoiceJob(job), sentAt, readAt }
    : undefined;
}

/** Of Redis's clock, in milliseconds since 1970. */
function isTime(value: unknown): value is number {
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
