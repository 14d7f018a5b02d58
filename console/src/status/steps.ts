import type { CustomizedVoiceJobStatus } from '../generated/graphql.ts';

/** A state of a job, as the API names it. */
export type Status = CustomizedVoiceJobStatus;
/** A state that lies on the way to a voice. */
export type Step = Exclude<Status, 'FAIL'>;

/** The way of a job that ends well, in order. */
export const STEPS = [
  'INITIALIZATION',
  'AUDIO_DETECTING',
  'PRE_TRAINING',
  'TRAINING',
  'SUCCESS',
] as const satisfies readonly Step[];

/** How a step stands: it lies behind, the job is in it, it failed there, it lies ahead, or nobody can say. */
export type Mark = 'done' | 'current' | 'failed' | 'ahead' | 'unsaid';

/** Each step with how it stands. */
export interface Progress {
  readonly marks: readonly { readonly step: Step; readonly mark: Mark }[];
  /** The step in which the job failed, where that was seen. */
  readonly failedIn: Step | undefined;
}

/** Whether a job stays in this state for good. */
export function isFinal(status: Status | null): boolean {
  return status === 'SUCCESS' || status === 'FAIL';
}

/**
 * Where a job stands. The API does not say in which step a job failed, so a failure stands in the last step that was seen
 * before it, and where none was, in none.
 *
 * @param seen states that the job was seen in before, oldest first
 */
export function progressOf(status: Status | null, seen: readonly (Status | null)[] = []): Progress {
  if (status === null) return { marks: all('unsaid'), failedIn: undefined };
  if (status === 'SUCCESS') return { marks: all('done'), failedIn: undefined };
  if (status !== 'FAIL') return { marks: upTo(status, 'current'), failedIn: undefined };
  const failedIn = seen.findLast((before) => before !== null && !isFinal(before)) as Step | undefined;
  if (failedIn === undefined) return { marks: all('unsaid'), failedIn };
  return { marks: upTo(failedIn, 'failed'), failedIn };
}

function all(mark: Mark): Progress['marks'] {
  return STEPS.map((step) => ({ step, mark }));
}

function upTo(reached: Step, mark: Mark): Progress['marks'] {
  const place = STEPS.indexOf(reached);
  return STEPS.map((step, index) => ({
    step,
    mark: index < place ? 'done' : index === place ? mark : 'ahead',
  }));
}

/** What a state means to who looks over it. */
export function toneOf(status: Status | null): Mark {
  if (status === 'SUCCESS') return 'done';
  if (status === 'FAIL') return 'failed';
  return status === null ? 'unsaid' : 'current';
}

/** A job's state, ready to be drawn. */
export interface Standing {
  readonly status: Status | null;
  readonly marks: Progress['marks'];
  readonly tone: Mark;
  /** Whether it is known where on its way the job stands. */
  readonly isOnItsWay: boolean;
  /** The state in the language of the reader; as the upstream wrote it where this page has no name for it. */
  readonly name: string;
  /** Whether the name is the upstream's. */
  readonly isRaw: boolean;
  /** What the upstream says, in its own words. */
  readonly message: string | null;
}
