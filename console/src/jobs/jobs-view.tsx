import { useMemo, useSyncExternalStore } from 'react';
import { ExportButton } from '../filter/export-button.tsx';
import type { JobFilter } from '../filter/filter.ts';
import { SearchReader } from '../filter/search-reader.ts';
import { MatchingContext, NoMatches, SearchProgress } from '../filter/search-status.tsx';
import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { useJobTexts } from '../job/texts.ts';
import { EmptyList } from '../notices/empty-list.tsx';
import { ListView, type ScrollPositionProps } from '../table/list-view.tsx';
import { DisconnectedNotice } from './disconnected-notice.tsx';
import { JOBS_TABLE } from './job-row.tsx';
import { NewJobsButton } from './new-jobs-button.tsx';
import { idsOf, readerOf } from './readers.ts';
import { subscribeToRows, useSubscriptionFailure } from './row-subscriptions.ts';
import { useJobsTexts } from './texts.ts';

interface JobsViewProps extends ScrollPositionProps {
  readonly type: CustomizedVoiceJobTypeFilter;
  readonly filter: JobFilter;
}

const NO_IDS: ReadonlySet<string> = new Set();

/**
 * Table of the jobs of one edition that match a filter, newest first, with live updates of unfinished jobs in view.
 * Rendered with a new `key` for each edition and filter.
 */
export function JobsView({ type, filter, ...place }: JobsViewProps) {
  const t = useJobsTexts();
  const tJob = useJobTexts();
  const reader = readerOf(type, filter);
  const search = reader instanceof SearchReader ? reader : undefined;
  const missing = useSyncExternalStore(reader.subscribe, () => search?.snapshot().search.missing ?? NO_IDS);
  const matching = useMemo(() => ({ filter, missing }), [filter, missing]);
  return (
    <MatchingContext value={matching}>
      <ListView
        {...place}
        reader={reader}
        kind={JOBS_TABLE}
        texts={{
          label: t('jobs'),
          help: t('help'),
          columnTitle: tJob,
          toStart: t('toStart'),
          toEnd: t('toEnd'),
        }}
        subject="jobs"
        empty={search === undefined ? <EmptyList of="jobs" type={type} /> : <NoMatches reader={search} />}
        problem={useSubscriptionFailure()}
        position={search && <SearchProgress reader={search} filter={filter} />}
        tools={
          <ExportButton readIds={() => idsOf(type, filter)} fileName={`voice-jobs-${type.toLowerCase()}`} />
        }
        bar={(list, showNewer) => <NewJobsButton list={list} onShow={showNewer} />}
        notices={<DisconnectedNotice />}
        onVisibleRows={subscribeToRows}
      />
    </MatchingContext>
  );
}
