import { CombinedGraphQLErrors, type ErrorLike } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { VoiceJobsDocument } from '../../operations/generated/graphql';

const TYPES = ['BASIC', 'STANDARD', 'ALL'] as const;
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const AHEAD = { rootMargin: '400px' };
const inWords = (name: string) => name.charAt(0) + name.slice(1).toLowerCase().replace('_', ' ');

export function VoiceJobs() {
  const [type, setType] = useState<(typeof TYPES)[number]>('BASIC');
  const query = useQuery(VoiceJobsDocument, { variables: { type, first: 30 } });
  const { edges = [], pageInfo, totalCount } = query.data?.customizedVoiceJobs ?? {};
  const after = pageInfo?.endCursor;
  // With the cursor at which it failed, because another list can be on the screen by then.
  const [failed, setFailed] = useState<{ after?: typeof after; error?: ErrorLike }>({});
  const error = query.error ?? (failed.after === after ? failed.error : undefined);

  const end = useRef<HTMLParagraphElement>(null);
  // Observes again after each page: an end that stays on the screen would not be reported again.
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      query.fetchMore({ variables: { after } }).catch((error) => setFailed({ after, error }));
    }, AHEAD);
    if (end.current && !error) observer.observe(end.current);
    return () => observer.disconnect();
  }, [after, error, query.fetchMore]);

  return (
    <>
      <header className="row">
        <h1>Voice jobs</h1>
        <output>{query.data ? `${edges.length} of ${totalCount}` : query.loading && 'Loading…'}</output>
        <search aria-label="Type">
          {TYPES.map((each) => (
            <label key={each}>
              <input type="radio" name="type" checked={each === type} onChange={() => setType(each)} />
              {inWords(each)}
            </label>
          ))}
        </search>
      </header>
      <ol aria-busy={query.loading}>
        {edges.map(({ node: { id, jobId, voiceName, status, type, createTime } }) => (
          <li key={id} id={jobId} className="row">
            <strong>{voiceName || 'Unnamed voice'}</strong>
            <span data-status={status}>{inWords(status ?? 'UNKNOWN')}</span>
            <small>{inWords(type ?? 'UNKNOWN')}</small>
            <small>{createTime && TIME.format(new Date(createTime))}</small>
          </li>
        ))}
      </ol>
      {error && (
        <p role="alert" className="row">
          {CombinedGraphQLErrors.is(error) ? error.message : 'The gateway cannot be reached.'}
          <button type="button" onClick={() => (query.error ? query.refetch() : setFailed({}))}>
            Retry
          </button>
        </p>
      )}
      {pageInfo?.hasNextPage && !error && <p ref={end}>Loading…</p>}
      {pageInfo?.hasNextPage === false && <p>End of the list</p>}
    </>
  );
}
