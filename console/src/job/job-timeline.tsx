import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { JobTimelineJobFragmentDoc } from '../generated/graphql.ts';
import { Moment } from '../panel/moment.tsx';
import panel from '../panel/panel.module.css';
import { useSightings } from '../status/seen.ts';
import { StepMark } from '../status/step-mark.tsx';
import { isFinal, toneOf } from '../status/steps.ts';
import { useStatusWords } from '../status/words.ts';
import { useValueWords } from '../words/values.ts';
import styles from './job.module.css';
import { useJobWords } from './words.ts';

/** Timeline of a job: its creation time from the API, and the status changes that this tab has seen. */
export function JobTimeline({ job }: { readonly job: FragmentType<typeof JobTimelineJobFragmentDoc> }) {
  const { id, status, createTime } = readFragment(JobTimelineJobFragmentDoc, job);
  const sightings = useSightings(id);
  const say = useJobWords();
  const sayStatus = useStatusWords();
  const sayValue = useValueWords();
  return (
    <>
      <ol className={styles.timeline}>
        <li>
          <StepMark mark="done" />
          <span>{say('created')}</span>
          {createTime === null ? (
            <span className={panel.missing}>{sayValue('missing')}</span>
          ) : (
            <Moment at={createTime} />
          )}
        </li>
        {sightings.map((sighting, index) => {
          const state =
            sighting.status === null ? sighting.rawStatus || say('unknownState') : sayStatus(sighting.status);
          const isLast = index === sightings.length - 1;
          const tone = toneOf(sighting.status);
          return (
            <li key={sighting.atMs + state}>
              <StepMark mark={tone === 'current' && !isLast ? 'done' : tone} />
              <span>{say(index === 0 ? 'firstSeen' : 'seen', { state })}</span>
              <Moment at={sighting.atMs} />
            </li>
          );
        })}
      </ol>
      <p className={panel.note}>
        {say(sightings.length === 0 && isFinal(status) ? 'timelineNoteFinal' : 'timelineNote')}
      </p>
    </>
  );
}
