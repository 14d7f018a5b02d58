import { type FragmentType, readFragment } from '../../generated/fragment-masking.ts';
import { NameCellJobFragmentDoc } from '../../generated/graphql.ts';
import { useJobWords } from '../../job/words.ts';
import styles from './cells.module.css';

/** What people call a voice, and what they say about it. Both may be in any script. */
export function NameCell({ job }: { readonly job: FragmentType<typeof NameCellJobFragmentDoc> }) {
  const { voiceName, voiceDesc } = readFragment(NameCellJobFragmentDoc, job);
  const say = useJobWords();
  return (
    <div className={styles.lines}>
      {voiceName ? (
        <bdi className={styles.name} title={voiceName}>
          {voiceName}
        </bdi>
      ) : (
        <span className={styles.unnamed}>{say('unnamed')}</span>
      )}
      {voiceDesc && (
        <bdi className={styles.detail} title={voiceDesc}>
          {voiceDesc}
        </bdi>
      )}
    </div>
  );
}
