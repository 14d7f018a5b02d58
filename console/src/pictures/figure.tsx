import { type ReactNode, useId, useState } from 'react';
import controls from '../style/controls.module.css';
import styles from './pictures.module.css';
import { usePictureWords } from './words.ts';

interface FigureProps {
  readonly title: string;
  /** What is to be known of the numbers, and what the bars mean. */
  readonly note?: ReactNode;
  /** How it is to be drawn. */
  readonly choice?: ReactNode;
  /** Not read aloud: the table is. */
  readonly picture: ReactNode;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly wide?: boolean;
}

/** A picture with its numbers as a table: always there for who has it read aloud, and on demand for everybody. */
export function Figure({ title, note, choice, picture, columns, rows, wide = false }: FigureProps) {
  const say = usePictureWords();
  const [isShown, setShown] = useState(false);
  const titleId = useId();
  const tableId = useId();
  return (
    <figure className={styles.figure} aria-labelledby={titleId} data-wide={wide || undefined}>
      <div className={styles.top}>
        <h3 id={titleId}>{title}</h3>
        {choice}
        <button
          type="button"
          className={`${controls.quiet} ${styles.toggle}`}
          aria-expanded={isShown}
          aria-controls={tableId}
          onClick={() => setShown(!isShown)}
        >
          {say(isShown ? 'unnumbers' : 'numbers')}
          <span className={controls.unseen}>, {title}</span>
        </button>
      </div>
      <div className={styles.picture} aria-hidden="true">
        {picture}
      </div>
      {note !== undefined && <figcaption className={styles.note}>{note}</figcaption>}
      {/* One that scrolls is to be scrolled by the keyboard as well. */}
      <section
        id={tableId}
        className={isShown ? styles.numbers : controls.unseen}
        aria-label={title}
        tabIndex={isShown ? 0 : -1}
      >
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([first, ...others]) => (
              <tr key={first}>
                <th scope="row">{first}</th>
                {others.map((cell, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the columns stay where they are
                  <td key={index}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </figure>
  );
}
