import { useSyncExternalStore } from 'react';
import { apollo } from '../client/apollo.ts';
import { type Failure, failureOf } from '../client/failure.ts';
import { readFragment } from '../generated/fragment-masking.ts';
import { JobLiveDocument, type JobRowFragment, JobRowFragmentDoc } from '../generated/graphql.ts';
import { isFinal } from '../status/steps.ts';

/** What the row subscriptions reported, other than statuses, which go to Apollo's cache. */
interface RowSubscriptions {
  /** Global ids of jobs that were deleted during their subscription. */
  readonly deleted: ReadonlySet<string>;
  /** Why subscriptions fail. */
  readonly failure: Failure | undefined;
}

/** Maximum number of row subscriptions. A WebSocket carries 100, and the panel needs one. */
const MAX_SUBSCRIPTIONS = 80;

const active = new Map<string, { unsubscribe(): void }>();
const listeners = new Set<() => void>();
let now: RowSubscriptions = { deleted: new Set(), failure: undefined };

/** Subscribes to the unfinished jobs among the rows in view, and unsubscribes from all others. */
export function subscribeToRows(ids: readonly string[]): void {
  const inView = new Map(ids.map((id) => [id, readRow(id)]));
  for (const [id, subscription] of active) {
    if (inView.has(id)) continue;
    active.delete(id);
    subscription.unsubscribe();
  }
  for (const [id, job] of inView) {
    if (job === undefined || isFinal(job.status) || active.has(id) || now.deleted.has(id)) continue;
    if (active.size < MAX_SUBSCRIPTIONS) begin(id, job.jobId);
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Whether a job was deleted during its subscription. */
export const useIsDeleted = (id: string): boolean =>
  useSyncExternalStore(subscribe, () => now.deleted.has(id));

/** Why subscriptions fail; undefined while any works. */
export const useSubscriptionFailure = (): Failure | undefined =>
  useSyncExternalStore(subscribe, () => now.failure);

/** The cached job of a row. */
export function readRow(id: string): JobRowFragment | undefined {
  const job = apollo.cache.readFragment({
    id: apollo.cache.identify({ __typename: 'CustomizedVoiceJob', id }) ?? '',
    fragment: JobRowFragmentDoc,
    fragmentName: 'JobRow',
  });
  return job === null ? undefined : (readFragment(JobRowFragmentDoc, job as never) ?? undefined);
}

function begin(id: string, jobId: string): void {
  const ended = (error?: unknown) => {
    active.delete(id);
    if (error !== undefined) failed(id, failureOf(error));
  };
  const states = apollo.subscribe({ query: JobLiveDocument, variables: { jobId } });
  active.set(
    id,
    states.subscribe({
      next: ({ error }) => (error === undefined ? recovered() : ended(error)),
      error: ended,
      complete: () => ended(),
    }),
  );
}

function recovered(): void {
  if (now.failure !== undefined) change({ ...now, failure: undefined });
}

function failed(id: string, failure: Failure): void {
  if (failure.kind === 'notFound') change({ ...now, deleted: new Set([...now.deleted, id]) });
  else change({ ...now, failure });
}

function change(next: RowSubscriptions): void {
  now = next;
  for (const listener of listeners) listener();
}
