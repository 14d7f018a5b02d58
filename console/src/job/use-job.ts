import { useFragment, useQuery, useSubscription } from '@apollo/client/react';
import { useEffect, useEffectEvent, useState } from 'react';
import { onCredential } from '../client/credentials.ts';
import { type Failure, failureOf } from '../client/failure.ts';
import {
  JobByIdDocument,
  JobLiveDocument,
  type JobPanelJobFragment,
  JobPanelJobFragmentDoc,
} from '../generated/graphql.ts';
import { failureOfObject, useReadTime } from '../panel/use-object.ts';
import { isFinal } from '../status/steps.ts';

/** What is known of one job now. */
export interface KnownJob {
  readonly data: JobPanelJobFragment | undefined;
  /** What keeps it from being known, or from being up to date. */
  readonly failure: Failure | undefined;
  readonly busy: boolean;
  /** When it was last read here, in epoch milliseconds. */
  readonly readMs: number | undefined;
  readonly retry: () => void;
}

/**
 * Reads a job by its global id and follows its status until that is final. What the list has of it is there at once, and
 * stays when reading it fails.
 */
export function useJob(id: string): KnownJob {
  const query = useQuery(JobByIdDocument, {
    variables: { id },
    fetchPolicy: 'network-only',
    nextFetchPolicy: 'cache-first',
    notifyOnNetworkStatusChange: true,
  });
  const { data, complete } = useFragment({
    fragment: JobPanelJobFragmentDoc,
    fragmentName: 'JobPanelJob',
    from: { __typename: 'CustomizedVoiceJob', id },
  });
  const job = complete ? data : undefined;

  const [liveError, setLiveError] = useState<unknown>();
  const isFollowed = job !== undefined && !isFinal(job.status);
  const live = useSubscription(JobLiveDocument, {
    variables: { jobId: job?.jobId ?? '' },
    skip: !isFollowed,
    // They come by the cache, to everything that shows the job.
    ignoreResults: true,
    onError: setLiveError,
  });

  const readMs = useReadTime(query);

  const retry = () => {
    // What it fails with comes by the query as well.
    query.refetch().catch(() => undefined);
  };
  const askAnew = useEffectEvent(() => {
    retry();
    setLiveError(undefined);
    if (isFollowed) live.restart();
  });
  useEffect(() => onCredential(askAnew), []);

  // A job that is deleted while one looks on. How the connection fares is told for the page as a whole.
  const liveFailure = liveError === undefined ? undefined : failureOf(liveError);
  const failure = failureOfObject(query) ?? (liveFailure?.kind === 'gone' ? liveFailure : undefined);
  return { data: job, failure, busy: query.loading, readMs, retry };
}
