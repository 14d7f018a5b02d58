import { useEffect, useMemo } from 'react';
import type { JobFilter } from '../filter/filter.ts';
import { NothingFound, useProgress } from '../filter/search-parts.tsx';
import { SearchReader } from '../filter/search-reader.ts';
import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { EmptyList } from '../notices/empty-list.tsx';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { Loading } from '../notices/skeleton.tsx';
import Pictures from '../pictures/pictures.tsx';
import styles from '../shell/shell.module.css';
import { useReading } from '../table/use-reading.ts';
import { readRow } from './live-rows.ts';
import { readerOf } from './readers.ts';

/**
 * Number of jobs to load for the charts, unless more are loaded already: those of ten upstream calls, the default limit
 * of one search.
 */
const NEWEST = 1000;

interface PicturesViewProps {
  readonly type: CustomizedVoiceJobTypeFilter;
  readonly filter: JobFilter;
}

/** Charts of the newest matching jobs: all rows from the top of the list to the first one that is not loaded. */
export default function PicturesView({ type, filter }: PicturesViewProps) {
  const reader = readerOf(type, filter);
  const { list, failure, busy, readMs } = useReading(reader);
  useEffect(() => reader.look(0, NEWEST), [reader]);

  const top = list.segments.find(({ atStart }) => atStart);
  const jobs = useMemo(() => (top?.rows ?? []).flatMap(({ id }) => readRow(id) ?? []), [top]);
  const isUnknown = list.total === undefined;
  const isEmpty = list.total === 0 && jobs.length === 0;
  return (
    <div className={styles.pictures}>
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
          <NothingFound reader={reader} />
        ) : (
          <EmptyList of="jobs" type={type} />
        ))}
      {jobs.length > 0 &&
        (reader instanceof SearchReader ? (
          <SearchPictures reader={reader} filter={filter} jobs={jobs} />
        ) : (
          <Pictures jobs={jobs} totalCount={list.total ?? jobs.length} />
        ))}
    </div>
  );
}

interface SearchPicturesProps {
  readonly reader: SearchReader;
  readonly filter: JobFilter;
  readonly jobs: Parameters<typeof Pictures>[0]['jobs'];
}

/** Charts with the progress of the search as their heading. */
function SearchPictures({ reader, filter, jobs }: SearchPicturesProps) {
  const progress = useProgress(reader, filter);
  const { matchCount } = reader.now().search;
  const total = matchCount ?? jobs.length;
  return <Pictures jobs={jobs} totalCount={total} title={total > jobs.length ? undefined : progress} />;
}
