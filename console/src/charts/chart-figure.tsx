import { type ReactNode, useId, useState } from 'react';
import controls from '../style/controls.module.css';
import styles from './charts.module.css';
import { useChartTexts } from './texts.ts';

interface ChartFigureProps {
  readonly title: string;
  /** Notes below the chart. */
  readonly note?: ReactNode;
  /** Control for the display. */
  readonly choice?: ReactNode;
  /** The chart; hidden from screen readers, which read the table. */
  readonly chart: ReactNode;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly wide?: boolean;
}

/** A chart with its data as a table: always available to screen readers, shown to others on request. */
export function ChartFigure({ title, note, choice, chart, columns, rows, wide = false }: ChartFigureProps) {
  const t = useChartTexts();
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
          {t(isShown ? 'hideTable' : 'showTable')}
          <span className={controls.unseen}>, {title}</span>
        </button>
      </div>
      <div className={styles.chart} aria-hidden="true">
        {chart}
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
                  // biome-ignore lint/suspicious/noArrayIndexKey: the columns never move
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
