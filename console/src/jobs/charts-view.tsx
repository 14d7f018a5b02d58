import { useEffect, useMemo } from 'react';
import Charts from '../charts/charts.tsx';
import type { JobFilter } from '../filter/filter.ts';
import { SearchReader } from '../filter/search-reader.ts';
import { NoMatches, useProgressText } from '../filter/search-status.tsx';
import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { EmptyList } from '../notices/empty-list.tsx';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { Loading } from '../notices/skeleton.tsx';
import styles from '../shell/shell.module.css';
import { useReader } from '../table/use-reader.ts';
import { readerOf } from './readers.ts';
import { readRow } from './row-subscriptions.ts';

/**
 * Number of jobs to load for the charts, unless more are loaded already: those of ten upstream calls, the default limit
 * of one search.
 */
const MAX_CHARTED_JOBS = 1000;

interface ChartsViewProps {
  readonly type: CustomizedVoiceJobTypeFilter;
  readonly filter: JobFilter;
}

/** Charts of the newest matching jobs: all rows from the top of the list to the first one that is not loaded. */
export default function ChartsView({ type, filter }: ChartsViewProps) {
  const reader = readerOf(type, filter);
  const { list, failure, busy, readMs } = useReader(reader);
  useEffect(() => reader.load(0, MAX_CHARTED_JOBS), [reader]);

  const top = list.segments.find(({ atStart }) => atStart);
  const jobs = useMemo(() => (top?.rows ?? []).flatMap(({ id }) => readRow(id) ?? []), [top]);
  const isUnknown = list.total === undefined;
  const isEmpty = list.total === 0 && jobs.length === 0;
  return (
    <div className={styles.charts}>
      {failure !== undefined && (
        <FailureNotice
          failure={failure}
          subject="jobs"
          busy={busy}
          onRetry={() => reader.retry()}
          shown={isUnknown ? { what: 'nothing' } : { what: 'stale', sinceMs: readMs }}
        />
      )}
      {busy && jobs.length === 0 && <Loading />}
      {isEmpty &&
        (reader instanceof SearchReader ? (
          <NoMatches reader={reader} />
        ) : (
          <EmptyList of="jobs" type={type} />
        ))}
      {jobs.length > 0 &&
        (reader instanceof SearchReader ? (
          <SearchCharts reader={reader} filter={filter} jobs={jobs} />
        ) : (
          <Charts jobs={jobs} totalCount={list.total ?? jobs.length} />
        ))}
    </div>
  );
}

interface SearchChartsProps {
  readonly reader: SearchReader;
  readonly filter: JobFilter;
  readonly jobs: Parameters<typeof Charts>[0]['jobs'];
}

/** Charts with the progress of the search as their heading. */
function SearchCharts({ reader, filter, jobs }: SearchChartsProps) {
  const progress = useProgressText(reader, filter);
  const { matchCount } = reader.snapshot().search;
  const total = matchCount ?? jobs.length;
  return <Charts jobs={jobs} totalCount={total} title={total > jobs.length ? undefined : progress} />;
}
