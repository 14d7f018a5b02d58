import { graphql, type PreloadedQuery, usePaginationFragment, usePreloadedQuery } from 'react-relay';
import type { FoundJobs_query$key } from './__generated__/FoundJobs_query.graphql';
import type { FoundJobsPageQuery } from './__generated__/FoundJobsPageQuery.graphql';
import type { FoundJobsQuery } from './__generated__/FoundJobsQuery.graphql';
import { Job } from './Job';
import { PAGE_SIZE } from './JobList';

/** The first jobs that match a filter. */
export const foundJobsQuery = graphql`
  query FoundJobsQuery($filter: CustomizedVoiceJobFilter!, $type: CustomizedVoiceJobTypeFilter!, $first: Int) {
    ...FoundJobs_query @arguments(filter: $filter, type: $type, first: $first)
  }
`;

/**
 * Matching jobs, newest first. A page can be empty and still have a next one, because one request examines a limited
 * number of jobs.
 */
export function FoundJobs({ query }: { query: PreloadedQuery<FoundJobsQuery> }) {
  const page = usePaginationFragment<FoundJobsPageQuery, FoundJobs_query$key>(
    graphql`
      fragment FoundJobs_query on Query
      @refetchable(queryName: "FoundJobsPageQuery")
      @argumentDefinitions(
        filter: { type: "CustomizedVoiceJobFilter!" }
        type: { type: "CustomizedVoiceJobTypeFilter!" }
        first: { type: "Int" }
        after: { type: "String" }
      ) {
        searchCustomizedVoiceJobs(filter: $filter, type: $type, first: $first, after: $after)
          @connection(key: "FoundJobs_searchCustomizedVoiceJobs", filters: ["filter", "type"]) {
          matchCount
          edges {
            node {
              id
              ...Job_job
            }
          }
        }
      }
    `,
    usePreloadedQuery<FoundJobsQuery>(foundJobsQuery, query),
  );
  const { edges, matchCount } = page.data.searchCustomizedVoiceJobs;
  return (
    <section aria-busy={page.isLoadingNext}>
      <ol>
        {edges.map(({ node }) => (
          <li key={node.id}>
            <Job job={node} />
          </li>
        ))}
      </ol>
      {page.hasNext && (
        <button type="button" disabled={page.isLoadingNext} onClick={() => page.loadNext(PAGE_SIZE)}>
          {page.isLoadingNext ? 'Looking …' : 'Keep looking'}
        </button>
      )}
      <output>
        {matchCount === null ? `${edges.length} found so far` : `${edges.length} of ${matchCount} found`}
      </output>
    </section>
  );
}
