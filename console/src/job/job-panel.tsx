import { useEffect, useRef } from 'react';
import { announce } from '../notices/announce.ts';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { PanelSkeleton, Section } from '../panel/fields.tsx';
import { PanelParts } from '../panel/panel.tsx';
import { usePanelTexts } from '../panel/texts.ts';
import { StatusStepper } from '../status/status-stepper.tsx';
import type { Status } from '../status/steps.ts';
import { useStatusTexts } from '../status/texts.ts';
import { JobFields } from './job-fields.tsx';
import { JobHeading } from './job-heading.tsx';
import { JobTimeline } from './job-timeline.tsx';
import { JobVoice } from './job-voice.tsx';
import { useJobTexts } from './texts.ts';
import { useJob } from './use-job.ts';

interface JobPanelProps {
  /** Global id of the job. */
  readonly id: string;
  /** Opens a voice by its global id. */
  readonly onVoice: (id: string) => void;
}

/**
 * Panel of a job, updated live. When the job cannot be loaded, shows the cached data, or the reason why there is none.
 */
export function JobPanel({ id, onVoice }: JobPanelProps) {
  const { data, failure, busy, readMs, retry } = useJob(id);
  const t = useJobTexts();
  const tPanel = usePanelTexts();
  useSpokenChanges(data);
  const isDeleted = failure?.kind === 'notFound';
  return (
    <PanelParts
      kind={t('job')}
      title={data && <JobHeading job={data} />}
      link={{ name: 'job', id, what: t('link') }}
      busy={busy}
    >
      {failure !== undefined && (
        <FailureNotice
          failure={failure}
          subject="jobs"
          busy={busy}
          onRetry={isDeleted ? undefined : retry}
          shown={data === undefined ? undefined : { what: 'stale', sinceMs: readMs }}
        />
      )}
      {data !== undefined && (
        <>
          <Section title={t('status')}>
            <StatusStepper job={data} size="full" />
          </Section>
          <Section title={tPanel('details')}>
            <JobFields job={data} />
          </Section>
          <JobVoice job={data} onVoice={onVoice} />
          <Section title={t('timeline')}>
            <JobTimeline job={data} />
          </Section>
        </>
      )}
      {data === undefined && failure === undefined && <PanelSkeleton />}
    </PanelParts>
  );
}

/** Announces each status change to screen readers while the panel is open; the initial status is not announced. */
function useSpokenChanges(
  job: { readonly status: Status | null; readonly rawStatus: string | null } | undefined,
): void {
  const t = useStatusTexts();
  const state = job && (job.status ?? job.rawStatus ?? 'unknown');
  const text = job && (job.status === null ? job.rawStatus || t('unknown') : t(job.status));
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== undefined && text !== undefined && state !== before.current) announce(text);
    before.current = state;
  }, [state, text]);
}
