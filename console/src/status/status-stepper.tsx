import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { StatusStepperJobFragmentDoc } from '../generated/graphql.ts';
import { useNote, useSightings } from './seen.ts';
import { StatusLine } from './status-line.tsx';
import { StatusSteps } from './status-steps.tsx';
import { progressOf, type Standing, toneOf } from './steps.ts';
import { useStatusWords } from './words.ts';

interface StatusStepperProps {
  readonly job: FragmentType<typeof StatusStepperJobFragmentDoc>;
  /** `line` for a table cell, `full` with a label for each step. @default 'line' */
  readonly size?: 'line' | 'full';
}

/**
 * Progress and message of a job. Records the status, so that a later failure can be placed in the step in which it was
 * seen.
 */
export function StatusStepper({ job, size = 'line' }: StatusStepperProps) {
  const { id, status, rawStatus, message } = readFragment(StatusStepperJobFragmentDoc, job);
  useNote(id, status, rawStatus);
  const seen = useSightings(id).map((sighting) => sighting.status);
  const say = useStatusWords();
  const { marks, failedIn } = progressOf(status, seen);
  const state = status === null ? rawStatus || say('unknown') : say(status);
  const standing: Standing = {
    status,
    marks,
    tone: toneOf(status),
    isOnItsWay: marks.some(({ mark }) => mark !== 'unsaid'),
    isRaw: status === null && Boolean(rawStatus),
    name: failedIn === undefined ? state : say('failedIn', { step: say(failedIn) }),
    message: message === '' ? null : message,
  };
  return size === 'full' ? <StatusSteps standing={standing} /> : <StatusLine standing={standing} />;
}
