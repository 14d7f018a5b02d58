import { useEffect } from 'react';
import type { RowList } from '../list/list.ts';
import { useShellTexts } from '../shell/texts.ts';
import styles from '../table/list-view.module.css';
import { useJobsTexts } from './texts.ts';

interface NewJobsButtonProps {
  readonly list: RowList;
  readonly onShow: () => void;
}

/**
 * Button with the number of new jobs, which are shown when it is pressed: inserting them at once would move the rows
 * that the user reads. The title of the page has the number too.
 */
export function NewJobsButton({ list, onShow }: NewJobsButtonProps) {
  const t = useJobsTexts();
  const count = list.newer.length;
  const title = useShellTexts()('title');
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
          <span>{t(list.hasMoreNewer ? 'moreNewJobs' : 'newJobs', { count })}</span>
          <span className={styles.show}>{t('show')}</span>
        </button>
      )}
    </div>
  );
}
