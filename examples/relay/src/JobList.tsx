import { useCallback, useEffect, useRef, useState } from 'react';
import {
  graphql,
  type LoadMoreFn,
  type PreloadedQuery,
  usePaginationFragment,
  usePreloadedQuery,
} from 'react-relay';
import type { JobList_query$key } from './__generated__/JobList_query.graphql';
import type { JobListPageQuery } from './__generated__/JobListPageQuery.graphql';
import type { JobListQuery } from './__generated__/JobListQuery.graphql';
import { ErrorBoundary } from './ErrorBoundary';
import { Job } from './Job';

export const PAGE_SIZE = 10;

/** The first page of a list, or with `last` its last page. */
export const jobListQuery = graphql`
  query JobListQuery($type: CustomizedVoiceJobTypeFilter!, $first: Int, $last: Int) {
    ...JobList_query @arguments(type: $type, first: $first, last: $last)
  }
`;

/** Jobs of one list, newest first, with all pages loaded so far. */
export function JobList({ query }: { query: PreloadedQuery<JobListQuery> }) {
  const page = usePaginationFragment<JobListPageQuery, JobList_query$key>(
    graphql`
      fragment JobList_query on Query
      @refetchable(queryName: "JobListPageQuery")
      @argumentDefinitions(
        type: { type: "CustomizedVoiceJobTypeFilter!" }
        first: { type: "Int" }
        after: { type: "String" }
        last: { type: "Int" }
        before: { type: "String" }
      ) {
        customizedVoiceJobs(type: $type, first: $first, after: $after, last: $last, before: $before)
          @connection(key: "JobList_customizedVoiceJobs") {
          totalCount
          edges {
            node {
              id
              ...Job_job
            }
          }
        }
      }
    `,
    usePreloadedQuery<JobListQuery>(jobListQuery, query),
  );
  const { edges, totalCount } = page.data.customizedVoiceJobs;
  return (
    <section aria-busy={page.isLoadingNext || page.isLoadingPrevious}>
      {page.hasPrevious && <More load={page.loadPrevious} loading={page.isLoadingPrevious} />}
      <ol>
        {edges.map(({ node }) => (
          <li key={node.id}>
            <ErrorBoundary>
              <Job job={node} />
            </ErrorBoundary>
          </li>
        ))}
      </ol>
      {page.hasNext && <More load={page.loadNext} loading={page.isLoadingNext} />}
      <output>
        {edges.length} of {totalCount}
      </output>
    </section>
  );
}

/** Loads the next page in its direction when it comes into view, and after a failure when it is clicked. */
function More({ load, loading }: { load: LoadMoreFn<JobListPageQuery>; loading: boolean }) {
  const button = useRef<HTMLButtonElement>(null);
  const [error, setError] = useState<Error | null>(null);
  const more = useCallback(() => load(PAGE_SIZE, { onComplete: setError }), [load]);
  useEffect(() => {
    if (loading || error !== null || button.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && more(),
    );
    observer.observe(button.current);
    return () => observer.disconnect();
  }, [loading, error, more]);
  return (
    <p>
      {error && <span role="alert">{error.message} </span>}
      <button type="button" ref={button} disabled={loading} onClick={more}>
        {loading ? 'Loading …' : error ? 'Retry' : 'More'}
      </button>
    </p>
  );
}
