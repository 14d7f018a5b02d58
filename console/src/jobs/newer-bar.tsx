import { useEffect } from 'react';
import type { RowList } from '../list/list.ts';
import { useShellWords } from '../shell/words.ts';
import styles from '../table/list-view.module.css';
import { useJobsWords } from './words.ts';

interface NewerBarProps {
  readonly list: RowList;
  readonly onShow: () => void;
}

/**
 * Button with the number of new jobs, which are shown when it is pressed: inserting them at once would move the rows
 * that the user reads. The title of the page has the number too.
 */
export function NewerBar({ list, onShow }: NewerBarProps) {
  const say = useJobsWords();
  const count = list.newer.length;
  const title = useShellWords()('title');
  useEffect(() => {
    if (count === 0) return;
    document.title = `(${count}) ${title}`;
    return () => {
      document.title = title;
    };
  }, [count, title]);
  return (
    <div className={styles.newer} role="status">
      {count > 0 && (
        <button type="button" onClick={onShow}>
          <span>{say(list.evenNewer ? 'moreNewJobs' : 'newJobs', { count })}</span>
          <span className={styles.show}>{say('show')}</span>
        </button>
      )}
    </div>
  );
}
