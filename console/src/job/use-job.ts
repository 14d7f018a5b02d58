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

/** State of one job. */
export interface KnownJob {
  readonly data: JobPanelJobFragment | undefined;
  /** Why the job could not be loaded or updated. */
  readonly failure: Failure | undefined;
  readonly busy: boolean;
  /** Time of the last successful read, in epoch milliseconds. */
  readonly readMs: number | undefined;
  readonly retry: () => void;
}

/**
 * Loads a job by its global id and subscribes to its status until that is final. Shows the cached job of the list at
 * once, and keeps it when loading fails.
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
    // Results reach all components through the cache.
    ignoreResults: true,
    onError: setLiveError,
  });

  const readMs = useReadTime(query);

  const retry = () => {
    // The query result reports the error as well.
    query.refetch().catch(() => undefined);
  };
  const retryAfterSignIn = useEffectEvent(() => {
    retry();
    setLiveError(undefined);
    if (isFollowed) live.restart();
  });
  useEffect(() => onCredential(retryAfterSignIn), []);

  // Reports a job that is deleted during the subscription. The page reports connection problems as a whole.
  const liveFailure = liveError === undefined ? undefined : failureOf(liveError);
  const failure = failureOfObject(query) ?? (liveFailure?.kind === 'notFound' ? liveFailure : undefined);
  return { data: job, failure, busy: query.loading, readMs, retry };
}
