import { useEffect, useRef } from 'react';
import { announce } from '../notices/announce.ts';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { Section, Waiting } from '../panel/facts.tsx';
import { PanelParts } from '../panel/panel.tsx';
import { usePanelWords } from '../panel/words.ts';
import { StatusStepper } from '../status/status-stepper.tsx';
import type { Status } from '../status/steps.ts';
import { useStatusWords } from '../status/words.ts';
import { JobFacts } from './job-facts.tsx';
import { JobHeading } from './job-heading.tsx';
import { JobTimeline } from './job-timeline.tsx';
import { JobVoice } from './job-voice.tsx';
import { useJob } from './use-job.ts';
import { useJobWords } from './words.ts';

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
  const say = useJobWords();
  const sayPanel = usePanelWords();
  useSpokenChanges(data);
  const isGone = failure?.kind === 'gone';
  return (
    <PanelParts
      kind={say('job')}
      title={data && <JobHeading job={data} />}
      link={{ name: 'job', id, what: say('link') }}
      busy={busy}
    >
      {failure !== undefined && (
        <FailureNotice
          failure={failure}
          subject="jobs"
          busy={busy}
          onRetry={isGone ? undefined : retry}
          shown={data === undefined ? undefined : { what: 'stale', sinceMs: readMs }}
        />
      )}
      {data !== undefined && (
        <>
          <Section title={say('status')}>
            <StatusStepper job={data} size="full" />
          </Section>
          <Section title={sayPanel('details')}>
            <JobFacts job={data} />
          </Section>
          <JobVoice job={data} onVoice={onVoice} />
          <Section title={say('timeline')}>
            <JobTimeline job={data} />
          </Section>
        </>
      )}
      {data === undefined && failure === undefined && <Waiting />}
    </PanelParts>
  );
}

/** Announces each status change to screen readers while the panel is open; the initial status is not announced. */
function useSpokenChanges(
  job: { readonly status: Status | null; readonly rawStatus: string | null } | undefined,
): void {
  const say = useStatusWords();
  const state = job && (job.status ?? job.rawStatus ?? 'unknown');
  const text = job && (job.status === null ? job.rawStatus || say('unknown') : say(job.status));
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== undefined && text !== undefined && state !== before.current) announce(text);
    before.current = state;
  }, [state, text]);
}
