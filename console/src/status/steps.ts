import type { CustomizedVoiceJobStatus } from '../generated/graphql.ts';

/** Status of a job, as in the API. */
export type Status = CustomizedVoiceJobStatus;
/** A status of a successful job. */
export type Step = Exclude<Status, 'FAIL'>;

/** The statuses of a successful job, in order. */
export const STEPS = [
  'INITIALIZATION',
  'AUDIO_DETECTING',
  'PRE_TRAINING',
  'TRAINING',
  'SUCCESS',
] as const satisfies readonly Step[];

/** State of a step. */
export type StepState = 'done' | 'current' | 'failed' | 'pending' | 'unknown';

/** State of each step. */
export interface Progress {
  readonly marks: readonly { readonly step: Step; readonly mark: StepState }[];
  /** The step in which the job failed, if this tab saw it. */
  readonly failedIn: Step | undefined;
}

/** Whether a status is final. */
export function isFinal(status: Status | null): boolean {
  return status === 'SUCCESS' || status === 'FAIL';
}

/**
 * Progress of a job. The API does not say in which step a job failed: it is the last step seen before the failure, or
 * unknown.
 *
 * @param seen statuses of the job that were seen before, oldest first
 */
export function progressOf(status: Status | null, seen: readonly (Status | null)[] = []): Progress {
  if (status === null) return { marks: all('unknown'), failedIn: undefined };
  if (status === 'SUCCESS') return { marks: all('done'), failedIn: undefined };
  if (status !== 'FAIL') return { marks: upTo(status, 'current'), failedIn: undefined };
  const failedIn = seen.findLast((before) => before !== null && !isFinal(before)) as Step | undefined;
  if (failedIn === undefined) return { marks: all('unknown'), failedIn };
  return { marks: upTo(failedIn, 'failed'), failedIn };
}

function all(mark: StepState): Progress['marks'] {
  return STEPS.map((step) => ({ step, mark }));
}

function upTo(reached: Step, mark: StepState): Progress['marks'] {
  const place = STEPS.indexOf(reached);
  return STEPS.map((step, index) => ({
    step,
    mark: index < place ? 'done' : index === place ? mark : 'pending',
  }));
}

/** The status as a step state, for its colour and icon. */
export function toneOf(status: Status | null): StepState {
  if (status === 'SUCCESS') return 'done';
  if (status === 'FAIL') return 'failed';
  return status === null ? 'unknown' : 'current';
}

/** What the status components render. */
export interface StatusDetails {
  readonly status: Status | null;
  readonly marks: Progress['marks'];
  readonly tone: StepState;
  /** Whether the state of the steps is known. */
  readonly hasProgress: boolean;
  /** Translated status; the upstream's text if the schema does not know it. */
  readonly name: string;
  /** Whether the name is the upstream's text. */
  readonly isRaw: boolean;
  /** Message of the upstream. */
  readonly message: string | null;
}
