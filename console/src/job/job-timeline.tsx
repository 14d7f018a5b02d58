import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { JobTimelineJobFragmentDoc } from '../generated/graphql.ts';
import { useSightings } from '../status/seen.ts';
import { StepMark } from '../status/step-mark.tsx';
import { isFinal, toneOf } from '../status/steps.ts';
import { useStatusWords } from '../status/words.ts';
import styles from './job.module.css';
import { Moment } from './moment.tsx';
import { useJobWords } from './words.ts';

/** When a job was created, by the API, and when this tab saw it change: nothing else is known. */
export function JobTimeline({ job }: { readonly job: FragmentType<typeof JobTimelineJobFragmentDoc> }) {
  const { id, status, createTime } = readFragment(JobTimelineJobFragmentDoc, job);
  const sightings = useSightings(id);
  const say = useJobWords();
  const sayStatus = useStatusWords();
  return (
    <>
      <ol className={styles.timeline}>
        <li>
          <StepMark mark="done" />
          <span>{say('created')}</span>
          {createTime === null ? (
            <span className={styles.notSaid}>{say('notSaid')}</span>
          ) : (
            <Moment at={createTime} />
          )}
        </li>
        {sightings.map((sighting, index) => {
          const state = sighting.status === null ? say('unknownState') : sayStatus(sighting.status);
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
      <p className={styles.note}>
        {say(sightings.length === 0 && isFinal(status) ? 'timelineNoteFinal' : 'timelineNote')}
      </p>
    </>
  );
}
