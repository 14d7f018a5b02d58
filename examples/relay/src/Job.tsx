import { useTransition } from 'react';
import { graphql, useRefetchableFragment } from 'react-relay';
import type { Job_job$key } from './__generated__/Job_job.graphql';
import type { JobRefreshQuery } from './__generated__/JobRefreshQuery.graphql';

/** A job. Its button fetches only this job, by its global id. */
export function Job({ job: key }: { job: Job_job$key }) {
  const [job, refetch] = useRefetchableFragment<JobRefreshQuery, Job_job$key>(
    graphql`
      fragment Job_job on CustomizedVoiceJob @refetchable(queryName: "JobRefreshQuery") {
        jobId
        voiceName
        status
        createTime
      }
    `,
    key as Job_job$key | null, // `node` is null for a job that is no longer there
  );
  const [refreshing, startTransition] = useTransition();
  if (!job) return <p>This job has been deleted.</p>;
  const refresh = () => startTransition(() => void refetch({}, { fetchPolicy: 'network-only' }));
  return (
    <article aria-busy={refreshing}>
      <h2>{job.voiceName}</h2>
      <code>{job.jobId}</code>
      <span className="status" data-status={job.status}>
        {job.status?.replace('_', ' ').toLowerCase()}
      </span>
      {job.createTime && (
        <time dateTime={job.createTime}>
          {new Date(job.createTime).toLocaleDateString(undefined, { dateStyle: 'medium' })}
        </time>
      )}
      <button type="button" aria-label={`Refresh ${job.voiceName}`} disabled={refreshing} onClick={refresh}>
        ↻
      </button>
    </article>
  );
}
