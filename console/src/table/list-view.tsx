import { type ReactNode, useEffect, useRef } from 'react';
import type { Failure } from '../client/failure.ts';
import { countOf, type RowList, rowAt } from '../list/list.ts';
import { FailureNotice } from '../notices/failure-notice.tsx';
import type { Subject } from '../notices/failure-texts.ts';
import { Icon } from '../notices/icons.tsx';
import { Loading } from '../notices/skeleton.tsx';
import controls from '../style/controls.module.css';
import type { Reader } from './list-reader.ts';
import styles from './list-view.module.css';
import { RowNumbers } from './row-numbers.tsx';
import { Table, type TableKind, type TableTexts } from './table.tsx';
import { useCurrentRow } from './use-current-row.ts';
import { useReader } from './use-reader.ts';
import { useRowWindow } from './use-row-window.ts';
import { type ScrollPosition, useScrollPosition } from './use-scroll-position.ts';
import { useVisibleRows } from './use-visible-rows.ts';

/** Rows loaded ahead of the view, on each side. */
const PREFETCH_ROWS = 25;

/** A scroll position in a list, and callbacks for its changes. */
export interface ScrollPositionProps {
  readonly place: ScrollPosition;
  /** Called while the user scrolls. */
  readonly onMove: (place: ScrollPosition) => void;
  /** Called when scrolling has stopped at another position. */
  readonly onPlace: (place: ScrollPosition) => void;
  /** Called with the global id of the object to open. */
  readonly onOpen: (id: string) => void;
}

interface ListViewProps<Column extends string> extends ScrollPositionProps {
  readonly reader: Reader;
  readonly kind: TableKind<Column>;
  readonly texts: TableTexts<Column> & { readonly toStart: string; readonly toEnd: string };
  /** What failures are about. */
  readonly subject: Subject;
  /** Content in place of a list without rows. */
  readonly empty: ReactNode;
  /** A failure that keeps rows out of date, besides the reader's own. */
  readonly problem?: Failure | undefined;
  /** Replaces the row numbers. */
  readonly position?: ReactNode;
  /** In the toolbar, before the buttons for the ends of the list. */
  readonly tools?: ReactNode;
  /** In the toolbar, beside the position. `showNewer` shows the newer rows on top and scrolls there. */
  readonly bar?: ((list: RowList, showNewer: () => void) => ReactNode) | undefined;
  /** Below the toolbar. */
  readonly notices?: ReactNode;
  /** Called with the global ids of the rows in view. Must be the same function at each render. */
  readonly onVisibleRows?: ((ids: readonly string[]) => void) | undefined;
}

/** A list as a table, with its toolbar, notices and failures. Rendered with a new `key` for each list. */
export function ListView<Column extends string>({
  reader,
  kind,
  texts,
  subject,
  empty,
  problem: otherProblem,
  position,
  tools,
  bar,
  notices,
  onVisibleRows,
  place,
  onMove,
  onPlace,
  onOpen,
}: ListViewProps<Column>) {
  const reading = useReader(reader);
  const { list, failure, busy } = reading;
  const scroller = useRef<HTMLDivElement>(null);
  const current = useCurrentRow(scroller, list);
  const window = useRowWindow(scroller, list, current.index ?? 0);
  const { first, end, rowHeight } = window;
  const letGo = useScrollPosition({ scroller, reader, list, rowHeight, place, onMove, onPlace });
  useVisibleRows(list, first, end, onVisibleRows);

  useEffect(
    () => reader.load(first - PREFETCH_ROWS, Math.max(end, first + 1) + PREFETCH_ROWS),
    [reader, first, end],
  );

  const goTo = (index: number) => {
    const element = scroller.current;
    if (element === null) return;
    letGo();
    const head = element.querySelector('[role="rowgroup"]')?.clientHeight ?? 0;
    const top = index * rowHeight;
    const lowest = top + rowHeight - (element.clientHeight - head);
    if (top < element.scrollTop) element.scrollTop = top;
    else if (lowest > element.scrollTop) element.scrollTop = lowest;
  };
  const showNewer = () => {
    letGo();
    reader.showNewer();
    goTo(0);
  };

  const isUnknown = list.total === undefined;
  const isEmpty = list.total === 0 && countOf(list) === 0;
  /** Whether rows in view are not loaded. */
  const isPart = window.rows.some(({ index }) => rowAt(list, index) === undefined);
  const problem = failure ?? otherProblem;
  return (
    <section className={styles.view} aria-label={texts.label}>
      <div className={styles.bar} data-long={position !== undefined || undefined}>
        {position ?? <RowNumbers list={list} first={first} end={end} />}
        {bar?.(list, showNewer)}
        <div className={styles.jumps}>
          {tools}
          <button
            type="button"
            className={controls.icon}
            aria-label={texts.toStart}
            title={texts.toStart}
            onClick={() => goTo(0)}
          >
            <Icon name="toStart" />
          </button>
          <button
            type="button"
            className={controls.icon}
            aria-label={texts.toEnd}
            title={texts.toEnd}
            onClick={() => goTo(countOf(list) - 1)}
          >
            <Icon name="toEnd" />
          </button>
        </div>
      </div>
      {notices}
      {problem !== undefined && (
        <FailureNotice
          failure={problem}
          subject={subject}
          busy={busy}
          onRetry={() => reader.retry()}
          shown={
            isUnknown
              ? { what: 'nothing' }
              : isPart
                ? { what: 'part' }
                : { what: 'stale', sinceMs: reading.readMs }
          }
        />
      )}
      {isUnknown && busy && <Loading />}
      {isEmpty && empty}
      <Table
        kind={kind}
        texts={texts}
        scroller={scroller}
        // Without rows, headings and skeletons would suggest that some are loading.
        hidden={isEmpty || (isUnknown && problem !== undefined)}
        list={list}
        window={window}
        current={current}
        busy={busy}
        onGoTo={goTo}
        onOpen={onOpen}
      />
    </section>
  );
}
