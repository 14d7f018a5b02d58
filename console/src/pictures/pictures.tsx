import { type FragmentType, readFragment } from '../generated/fragment-masking.ts';
import { PicturesJobFragmentDoc } from '../generated/graphql.ts';
import { useJobWords } from '../job/words.ts';
import { useStatusWords } from '../status/words.ts';
import { useFormats } from '../words/use-formats.ts';
import { CalendarPicture } from './calendar-picture.tsx';
import { CountsPicture } from './counts-picture.tsx';
import styles from './pictures.module.css';
import { byScenario, byState } from './tally.ts';
import { usePictureWords } from './words.ts';

interface PicturesProps {
  /** The loaded jobs, each once, in any order. */
  readonly jobs: readonly FragmentType<typeof PicturesJobFragmentDoc>[];
  /** Number of jobs in the list. */
  readonly totalCount: number;
  /** Heading. @default how many of the newest jobs these are */
  readonly title?: string | undefined;
}

/** Charts of the loaded jobs, and of how many in total. Nothing is extrapolated. */
export default function Pictures({ jobs, totalCount, title }: PicturesProps) {
  const say = usePictureWords();
  const sayStatus = useStatusWords();
  const sayJob = useJobWords();
  const formats = useFormats();
  const read = readFragment(PicturesJobFragmentDoc, jobs);
  const counts = { loaded: formats.number(read.length), total: formats.number(totalCount) };
  const isAll = read.length >= totalCount;
  return (
    <section className={styles.pictures} aria-labelledby="pictures-title">
      <h2 className={styles.heading} id="pictures-title">
        {title ?? say(isAll ? 'ofAll' : 'ofNewest', counts)}
      </h2>
      <CountsPicture
        title={say('byState')}
        keyName={say('state')}
        counts={byState(read).map(({ key, count }) => ({
          name: sayStatus(key ?? 'unknown'),
          look:
            key === 'SUCCESS' ? 'success' : key === 'FAIL' ? 'failed' : key === null ? 'unsaid' : 'underWay',
          count,
        }))}
      />
      <CountsPicture
        title={say('byScenario')}
        keyName={say('scenario')}
        counts={byScenario(read).map(({ key, count }) => ({
          name: key === null ? say('noScenario') : sayJob(key),
          look: key === null ? 'unsaid' : 'plain',
          count,
        }))}
      />
      <CalendarPicture jobs={read} />
    </section>
  );
}
