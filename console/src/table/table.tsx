import {
  type ComponentType,
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useId,
} from 'react';
import { countOf, type RowList, rowAt } from '../list/list.ts';
import { type Grid, HEAD_ROW, ROWS } from './grid.ts';
import { rowByKey } from './keyboard.ts';
import { type RowProps, UnknownRow } from './row.tsx';
import styles from './table.module.css';
import type { CurrentRow } from './use-current-row.ts';
import type { RowWindow } from './use-row-window.ts';

/** Columns and row component of a kind of table. */
export interface TableKind<Column extends string = string> {
  /** For the style sheet. */
  readonly name: string;
  readonly grid: Grid<Column>;
  readonly Row: ComponentType<RowProps>;
}

/** Texts of a kind of table. */
export interface TableTexts<Column extends string = string> {
  /** Accessible name. */
  readonly label: string;
  /** Keyboard help for screen readers. */
  readonly help: string;
  readonly columnTitle: (column: Column) => string;
}

interface TableProps<Column extends string> {
  readonly kind: TableKind<Column>;
  readonly texts: TableTexts<Column>;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly hidden: boolean;
  readonly list: RowList;
  readonly window: RowWindow;
  readonly current: CurrentRow;
  readonly busy: boolean;
  readonly onGoTo: (index: number) => void;
  readonly onOpen: (id: string) => void;
}

/** The list as a virtualized table: only the rows near the view are rendered. */
export function Table<Column extends string>({
  kind: { name, grid: columns, Row },
  texts: { label, help, columnTitle },
  scroller,
  hidden,
  list,
  window,
  current,
  busy,
  onGoTo,
  onOpen,
}: TableProps<Column>) {
  const helpId = useId();
  const currentIndex = current.index ?? window.first;

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    // Keys on a button within a row belong to the button.
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
    // Selecting a text must not open its row.
    if (row?.dataset.id !== undefined && getSelection()?.isCollapsed !== false) onOpen(row.dataset.id);
  };

  const onFocus = ({ target }: FocusEvent) => {
    const row = target.closest<HTMLElement>('[data-index]');
    if (row !== null) current.choose(Number(row.dataset.index));
  };

  const grid = {
    role: 'grid',
    'aria-label': label,
    'aria-describedby': helpId,
    'aria-colcount': columns.columns.length,
    'aria-rowcount': list.total === undefined ? -1 : countOf(list) + 1,
    'aria-busy': busy,
    onKeyDown,
    onClick,
    onFocus,
  };
  return (
    <div className={styles.scroller} ref={scroller} hidden={hidden}>
      <p id={helpId} className={styles.unseen}>
        {help}
      </p>
      <div {...grid} className={styles.grid} data-table={name}>
        <div {...ROWS} className={styles.head}>
          <div {...HEAD_ROW} className={styles.titles}>
            {columns.heads.map(({ column, attributes }) => (
              <div {...attributes} key={column} data-column={column}>
                {columnTitle(column)}
              </div>
            ))}
          </div>
        </div>
        <div {...ROWS} className={styles.body} style={{ height: window.height }}>
          {window.rows.map(({ index, top }) => {
            const row = rowAt(list, index);
            const place = { index, top, isCurrent: index === currentIndex };
            return row === undefined ? (
              <UnknownRow key={index} grid={columns} {...place} />
            ) : (
              <Row key={row.id} id={row.id} {...place} />
            );
          })}
        </div>
      </div>
    </div>
  );
}
