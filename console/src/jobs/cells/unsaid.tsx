import { useJobWords } from '../../job/words.ts';
import controls from '../../style/controls.module.css';
import styles from './cells.module.css';

/** Stands where the API says nothing. */
export function Unsaid() {
  const say = useJobWords();
  return (
    <>
      <span className={styles.unsaid} aria-hidden="true">
        –
      </span>
      <span className={controls.unseen}>{say('notSaid')}</span>
    </>
  );
}
