import { useMemo, useSyncExternalStore } from 'react';
import { ExportButton } from '../filter/export-button.tsx';
import type { JobFilter } from '../filter/filter.ts';
import { MatchingContext, NothingFound, SearchPosition } from '../filter/search-parts.tsx';
import { SearchReader } from '../filter/search-reader.ts';
import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { useJobWords } from '../job/words.ts';
import { EmptyList } from '../notices/empty-list.tsx';
import { ListView, type PlaceProps } from '../table/list-view.tsx';
import { JOBS_TABLE } from './job-row.tsx';
import { follow, useLiveFailure } from './live-rows.ts';
import { LostNotice } from './lost-notice.tsx';
import { NewerBar } from './newer-bar.tsx';
import { idsOf, readerOf } from './readers.ts';
import { useJobsWords } from './words.ts';

interface JobsViewProps extends PlaceProps {
  readonly type: CustomizedVoiceJobTypeFilter;
  readonly filter: JobFilter;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Table of the jobs of one edition that match a filter, newest first, with live updates of unfinished jobs in view.
 * Rendered with a new `key` for each edition and filter.
 */
export function JobsView({ type, filter, ...place }: JobsViewProps) {
  const say = useJobsWords();
  const sayJob = useJobWords();
  const reader = readerOf(type, filter);
  const search = reader instanceof SearchReader ? reader : undefined;
  const missing = useSyncExternalStore(reader.subscribe, () => search?.now().search.missing ?? NOTHING);
  const matching = useMemo(() => ({ filter, missing }), [filter, missing]);
  return (
    <MatchingContext value={matching}>
      <ListView
        {...place}
        reader={reader}
        kind={JOBS_TABLE}
        texts={{
          label: say('jobs'),
          help: say('help'),
          columnTitle: sayJob,
          toStart: say('toStart'),
          toEnd: say('toEnd'),
        }}
        subject="jobs"
        empty={search === undefined ? <EmptyList of="jobs" type={type} /> : <NothingFound reader={search} />}
        problem={useLiveFailure()}
        position={search && <SearchPosition reader={search} filter={filter} />}
        tools={
          <ExportButton readIds={() => idsOf(type, filter)} fileName={`voice-jobs-${type.toLowerCase()}`} />
        }
        bar={(list, showNewer) => <NewerBar list={list} onShow={showNewer} />}
        notices={<LostNotice />}
        onShown={follow}
      />
    </MatchingContext>
  );
}
