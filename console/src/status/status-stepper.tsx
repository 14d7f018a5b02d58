import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { StatusStepperJobFragmentDoc } from '../generated/graphql.ts';
import { useRecordStatus, useStatusHistory } from './status-history.ts';
import { StatusLine } from './status-line.tsx';
import { StatusSteps } from './status-steps.tsx';
import { progressOf, type StatusDetails, toneOf } from './steps.ts';
import { useStatusTexts } from './texts.ts';

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
  useRecordStatus(id, status, rawStatus);
  const seen = useStatusHistory(id).map((seenStatus) => seenStatus.status);
  const t = useStatusTexts();
  const { marks, failedIn } = progressOf(status, seen);
  const state = status === null ? rawStatus || t('unknownStatus') : t(status);
  const details: StatusDetails = {
    status,
    marks,
    tone: toneOf(status),
    hasProgress: marks.some(({ mark }) => mark !== 'unknown'),
    isRaw: status === null && Boolean(rawStatus),
    name: failedIn === undefined ? state : t('failedIn', { step: t(failedIn) }),
    message: message === '' ? null : message,
  };
  return size === 'full' ? <StatusSteps details={details} /> : <StatusLine details={details} />;
}
