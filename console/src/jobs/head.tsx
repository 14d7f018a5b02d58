import { useJobWords } from '../job/words.ts';
import { HEAD_ROW, HEADS, ROWS } from './grid.ts';
import styles from './table.module.css';

/** The names of the columns, which stay in view. */
export function Head() {
  const say = useJobWords();
  return (
    <div {...ROWS} className={styles.head}>
      <div {...HEAD_ROW} className={styles.titles}>
        {HEADS.map(({ column, attributes }) => (
          <div {...attributes} key={column} data-column={column}>
            {say(column)}
          </div>
        ))}
      </div>
    </div>
  );
}
