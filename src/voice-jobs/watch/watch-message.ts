import { type JobFields, VoiceJob } from '../job.ts';

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

/** Undefined for what {@link encodeWish} did not write. */
export function decodeWish(text: string): Wish | undefined {
  try {
    const { from, jobIds } = JSON.parse(text);
    return { from, jobIds: jobIds.map(String) };
  } catch {
    return undefined;
  }
}

export function encodeMessage(message: WatchMessage): string {
  return JSON.stringify(message);
}

/** Undefined for what {@link encodeMessage} did not write. */
export function decodeMessage(text: string): WatchMessage | undefined {
  try {
    const { from, sequence, isReader, states } = JSON.parse(text);
    return {
      from,
      sequence,
      isReader,
      states: states.map(({ job, ...state }: ToldState & { job: JobFields | null }) => ({
        ...state,
        job: job && new VoiceJob(job),
      })),
    };
  } catch {
    return undefined;
  }
}
