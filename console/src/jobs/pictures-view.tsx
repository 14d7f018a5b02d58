import { useEffect, useMemo } from 'react';
import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { EmptyList } from '../notices/empty-list.tsx';
import { FailureNotice } from '../notices/failure-notice.tsx';
import { Loading } from '../notices/skeleton.tsx';
import Pictures from '../pictures/pictures.tsx';
import styles from '../shell/shell.module.css';
import { useReading } from '../table/use-reading.ts';
import { readRow } from './live-rows.ts';
import { readerOf } from './readers.ts';

/** How many of the newest jobs are read for the pictures, unless more of them are known already. */
const NEWEST = 200;

/** Pictures of the newest jobs of a type: of as many as are known from the top without a gap. */
export default function PicturesView({ type }: { readonly type: CustomizedVoiceJobTypeFilter }) {
  const reader = readerOf(type);
  const { list, failure, busy, readMs } = useReading(reader);
  useEffect(() => reader.look(0, NEWEST), [reader]);

  const top = list.segments.find(({ atStart }) => atStart);
  const jobs = useMemo(() => (top?.rows ?? []).flatMap(({ id }) => readRow(id) ?? []), [top]);
  const isUnknown = list.total === undefined;
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
      {list.total === 0 && <EmptyList of="jobs" type={type} />}
      {jobs.length > 0 && <Pictures jobs={jobs} totalCount={list.total ?? jobs.length} />}
    </div>
  );
}
