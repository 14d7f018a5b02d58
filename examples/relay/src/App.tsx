import { Suspense } from 'react';
import { loadQuery, useQueryLoader } from 'react-relay';
import type {
  JobListQuery,
  CustomizedVoiceJobTypeFilter as ListType,
} from './__generated__/JobListQuery.graphql';
import { ErrorBoundary } from './ErrorBoundary';
import { environment } from './environment';
import { JobList, jobListQuery, PAGE_SIZE } from './JobList';

/** Asked for before anything is rendered. */
const firstPage = loadQuery<JobListQuery>(environment, jobListQuery, { type: 'BASIC', first: PAGE_SIZE });

/**
 * Chooses the list, and the end of it to begin at. Each choice asks anew: Relay stores one connection for an edition, and
 * that may have been filled from its other end.
 */
export function App() {
  const [loaded, load] = useQueryLoader<JobListQuery>(jobListQuery, firstPage);
  const query = loaded ?? firstPage;
  const { type, last } = query.variables;
  const fromEnd = last != null;
  const show = (type: ListType, fromEnd: boolean) =>
    load(fromEnd ? { type, last: PAGE_SIZE } : { type, first: PAGE_SIZE }, { fetchPolicy: 'network-only' });
  return (
    <>
      <header>
        <h1>Voice jobs</h1>
        <select
          aria-label="Edition"
          value={type}
          onChange={({ target }) => show(target.value as ListType, fromEnd)}
        >
          <option value="BASIC">Basic</option>
          <option value="STANDARD">Standard</option>
          <option value="ALL">Both</option>
        </select>
        <label>
          <input type="checkbox" checked={fromEnd} onChange={({ target }) => show(type, target.checked)} />
          From the end
        </label>
      </header>
      <main className={fromEnd ? 'from-end' : undefined}>
        <ErrorBoundary key={query.fetchKey} onRetry={() => show(type, fromEnd)}>
          <Suspense fallback={<p>Loading …</p>}>
            <JobList query={query} />
          </Suspense>
        </ErrorBoundary>
      </main>
    </>
  );
}
