import { Suspense } from 'react';
import { loadQuery, useQueryLoader } from 'react-relay';
import type { FoundJobsQuery } from './__generated__/FoundJobsQuery.graphql';
import type {
  JobListQuery,
  CustomizedVoiceJobTypeFilter as ListType,
} from './__generated__/JobListQuery.graphql';
import { ErrorBoundary } from './ErrorBoundary';
import { environment } from './environment';
import { FoundJobs, foundJobsQuery } from './FoundJobs';
import { JobList, jobListQuery, PAGE_SIZE } from './JobList';

/** Requested before anything is rendered. */
const firstPage = loadQuery<JobListQuery>(environment, jobListQuery, { type: 'BASIC', first: PAGE_SIZE });

/**
 * Searches jobs when a text is entered. Otherwise the user selects an edition and the end of its list to start from.
 * Each choice fetches again: Relay stores one connection per edition, which may have been filled from its other end.
 */
export function App() {
  const [loaded, load] = useQueryLoader<JobListQuery>(jobListQuery, firstPage);
  const [found, find, showAll] = useQueryLoader<FoundJobsQuery>(foundJobsQuery);
  const query = loaded ?? firstPage;
  const { type, last } = query.variables;
  const fromEnd = last != null;
  const show = (type: ListType, fromEnd: boolean) =>
    load(fromEnd ? { type, last: PAGE_SIZE } : { type, first: PAGE_SIZE }, { fetchPolicy: 'network-only' });
  const search = (form: FormData) => {
    const text = String(form.get('text'));
    if (text === '') showAll();
    else find({ filter: { text }, type: 'ALL', first: PAGE_SIZE }, { fetchPolicy: 'store-or-network' });
  };
  return (
    <>
      <header>
        <h1>Voice jobs</h1>
        <search>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              search(new FormData(event.currentTarget));
            }}
          >
            <input name="text" type="search" aria-label="Find" maxLength={100} />
            <button type="submit">Find</button>
          </form>
        </search>
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
      <main className={fromEnd && !found ? 'from-end' : undefined}>
        <ErrorBoundary
          key={found?.fetchKey ?? query.fetchKey}
          onRetry={() => (found ? find(found.variables) : show(type, fromEnd))}
        >
          <Suspense fallback={<p>Loading …</p>}>
            {found ? <FoundJobs query={found} /> : <JobList query={query} />}
          </Suspense>
        </ErrorBoundary>
      </main>
    </>
  );
}
