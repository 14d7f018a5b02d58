import { type FocusEvent, type KeyboardEvent, type MouseEvent, type RefObject, useId } from 'react';
import { COLUMNS } from './columns.ts';
import { ROWS } from './grid.ts';
import { Head } from './head.tsx';
import { rowByKey } from './keys.ts';
import { countOf, type JobList, rowAt } from './list/list.ts';
import { JobRow, UnknownRow } from './row.tsx';
import styles from './table.module.css';
import type { Current } from './use-current.ts';
import type { Window } from './use-window.ts';
import { useJobsWords } from './words.ts';

interface TableProps {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly hidden: boolean;
  readonly list: JobList;
  readonly window: Window;
  readonly current: Current;
  /** Jobs that are not there any more. */
  readonly gone: ReadonlySet<string>;
  readonly busy: boolean;
  readonly onGoTo: (index: number) => void;
  readonly onOpen: (id: string) => void;
}

/** The list as a table of which only the rows near the view are on the page. */
export function Table({ scroller, hidden, list, window, current, gone, busy, onGoTo, onOpen }: TableProps) {
  const say = useJobsWords();
  const helpId = useId();
  const currentIndex = current.index ?? window.first;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    // Keys on a button within a row are the button's.
    const isOnRow = event.target instanceof HTMLElement && event.target.dataset.index !== undefined;
    const row = rowAt(list, currentIndex);
    if (event.key === 'Enter' && isOnRow && row !== undefined) {
      event.preventDefault();
      onOpen(row.id);
      return;
    }
    const page = Math.max(1, window.end - window.first - 2);
    const next = rowByKey(event.key, currentIndex, countOf(list), page);
    if (next === undefined) return;
    event.preventDefault();
    onGoTo(next);
    current.focus(next);
  };

  const onClick = ({ target }: MouseEvent) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-id]') : null;
    // Who selects a text does not open what it stands in.
    if (row?.dataset.id !== undefined && getSelection()?.isCollapsed !== false) onOpen(row.dataset.id);
  };

  const onFocus = ({ target }: FocusEvent) => {
    const row = target.closest<HTMLElement>('[data-index]');
    if (row !== null) current.choose(Number(row.dataset.index));
  };

  const grid = {
    role: 'grid',
    'aria-label': say('jobs'),
    'aria-describedby': helpId,
    'aria-colcount': COLUMNS.length,
    'aria-rowcount': list.total === undefined ? -1 : countOf(list) + 1,
    'aria-busy': busy,
    onKeyDown,
    onClick,
    onFocus,
  };
  return (
    <div className={styles.scroller} ref={scroller} hidden={hidden}>
      <p id={helpId} className={styles.unseen}>
        {say('help')}
      </p>
      <div {...grid} className={styles.grid}>
        <Head />
        <div {...ROWS} className={styles.body} style={{ height: window.height }}>
          {window.rows.map(({ index, top }) => {
            const row = rowAt(list, index);
            const place = { index, top, isCurrent: index === currentIndex };
            return row === undefined ? (
              <UnknownRow key={index} {...place} />
            ) : (
              <JobRow key={row.id} id={row.id} isGone={gone.has(row.id)} {...place} />
            );
          })}
        </div>
      </div>
    </div>
  );
}
