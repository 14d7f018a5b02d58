import { useEffect, useRef } from 'react';
import { announce } from '../notices/announce.ts';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { Loading, Skeleton } from '../notices/skeleton.tsx';
import { StatusStepper } from '../status/status-stepper.tsx';
import type { Status } from '../status/steps.ts';
import { useStatusWords } from '../status/words.ts';
import styles from './job.module.css';
import { JobFacts } from './job-facts.tsx';
import { JobTimeline } from './job-timeline.tsx';
import type { KnownJob } from './use-job.ts';
import { useJobWords } from './words.ts';

/** What the panel has to show of a job: all of it, what was read before it failed, why there is nothing, or that it is coming. */
export function JobView({ job: { data, failure, busy, readMs, retry } }: { readonly job: KnownJob }) {
  const say = useJobWords();
  useSpokenChanges(data?.status);
  const isGone = failure?.kind === 'gone';
  return (
    <div className={styles.body} aria-busy={busy}>
      {failure !== undefined && (
        <FailureNotice
          failure={failure}
          busy={busy}
          onRetry={isGone ? undefined : retry}
          shown={data === undefined ? undefined : { what: 'stale', sinceMs: readMs }}
        />
      )}
      {data !== undefined && (
        <>
          <section>
            <h3 className={styles.section}>{say('status')}</h3>
            <StatusStepper job={data} size="full" />
          </section>
          <section>
            <h3 className={styles.section}>{say('details')}</h3>
            <JobFacts job={data} />
          </section>
          <section>
            <h3 className={styles.section}>{say('timeline')}</h3>
            <JobTimeline job={data} />
          </section>
        </>
      )}
      {data === undefined && failure === undefined && <Waiting />}
    </div>
  );
}

function Waiting() {
  return (
    <>
      <Loading />
      <div className={styles.waiting}>
        <Skeleton form="block" />
        <Skeleton length="short" />
        <Skeleton />
        <Skeleton length="middle" />
        <Skeleton />
        <Skeleton length="short" />
        <Skeleton length="middle" />
      </div>
    </>
  );
}

/** Has each state said that the job goes over to while one looks on; not the one it is found in. */
function useSpokenChanges(status: Status | null | undefined): void {
  const say = useStatusWords();
  const before = useRef(status);
  useEffect(() => {
    if (before.current !== undefined && status !== undefined && status !== before.current) {
      announce(say(status ?? 'unknown'));
    }
    before.current = status;
  }, [status, say]);
}
