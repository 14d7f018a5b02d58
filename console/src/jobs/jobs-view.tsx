import type { CustomizedVoiceJobTypeFilter } from '../generated/graphql.ts';
import { useJobWords } from '../job/words.ts';
import { EmptyList } from '../notices/empty-list.tsx';
import { ListView, type PlaceProps } from '../table/list-view.tsx';
import { JOBS_TABLE } from './job-row.tsx';
import { follow, useLiveFailure } from './live-rows.ts';
import { LostNotice } from './lost-notice.tsx';
import { NewerBar } from './newer-bar.tsx';
import { readerOf } from './readers.ts';
import { useJobsWords } from './words.ts';

interface JobsViewProps extends PlaceProps {
  readonly type: CustomizedVoiceJobTypeFilter;
}

/** The jobs of one type, newest first; those in view that are not done are followed. Another type is another one of these. */
export function JobsView({ type, ...place }: JobsViewProps) {
  const say = useJobsWords();
  const sayJob = useJobWords();
  const reader = readerOf(type);
  return (
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
      empty={<EmptyList of="jobs" type={type} />}
      problem={useLiveFailure()}
      bar={(list, showNewer) => <NewerBar list={list} onShow={showNewer} />}
      notices={<LostNotice />}
      onShown={follow}
    />
  );
}
