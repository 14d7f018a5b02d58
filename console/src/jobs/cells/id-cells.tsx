import { type FragmentType, readFragment } from '../../generated/fragment-masking.ts';
import { JobIdCellJobFragmentDoc, VoiceIdCellJobFragmentDoc } from '../../generated/graphql.ts';
import { useJobWords } from '../../job/words.ts';
import { CopyButton } from '../../notices/copy-button.tsx';
import styles from './cells.module.css';
import { Unsaid } from './unsaid.tsx';

interface IdProps {
  readonly id: string;
  readonly what: string;
  readonly canCopy: boolean;
}

/** An id, and a button for its copy in the row where somebody is: hundreds of them would be in the way of the Tab key. */
function Id({ id, what, canCopy }: IdProps) {
  return (
    <span className={styles.id}>
      <code title={id}>{id}</code>
      {canCopy && <CopyButton text={id} what={what} />}
    </span>
  );
}

/** The upstream's id of the job. */
export function JobIdCell({
  job,
  canCopy,
}: {
  readonly job: FragmentType<typeof JobIdCellJobFragmentDoc>;
  readonly canCopy: boolean;
}) {
  const { jobId } = readFragment(JobIdCellJobFragmentDoc, job);
  const say = useJobWords();
  return <Id id={jobId} what={say('jobId')} canCopy={canCopy} />;
}

/** The id of the voice that comes out. */
export function VoiceIdCell({
  job,
  canCopy,
}: {
  readonly job: FragmentType<typeof VoiceIdCellJobFragmentDoc>;
  readonly canCopy: boolean;
}) {
  const { voiceId } = readFragment(VoiceIdCellJobFragmentDoc, job);
  const say = useJobWords();
  return voiceId ? <Id id={voiceId} what={say('voiceId')} canCopy={canCopy} /> : <Unsaid />;
}
