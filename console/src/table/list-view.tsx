import { type ReactNode, useEffect, useRef } from 'react';
import type { Failure } from '../client/failure.ts';
import { countOf, type RowList, rowAt } from '../list/list.ts';
import { FailureNotice } from '../notices/failure-notice.tsx';
import type { Subject } from '../notices/failure-words.ts';
import { Icon } from '../notices/icons.tsx';
import { Loading } from '../notices/skeleton.tsx';
import controls from '../style/controls.module.css';
import styles from './list-view.module.css';
import { Position } from './position.tsx';
import type { Reader } from './reader.ts';
import { Table, type TableKind, type TableTexts } from './table.tsx';
import { useCurrent } from './use-current.ts';
import { type Place, usePlace } from './use-place.ts';
import { useReading } from './use-reading.ts';
import { useShown } from './use-shown.ts';
import { useWindow } from './use-window.ts';

/** Rows loaded ahead of the view, on each side. */
const AHEAD = 25;

/** A scroll position in a list, and callbacks for its changes. */
export interface PlaceProps {
  readonly place: Place;
  /** Called while the user scrolls. */
  readonly onMove: (place: Place) => void;
  /** Called when scrolling has stopped at another position. */
  readonly onPlace: (place: Place) => void;
  /** Called with the global id of the object to open. */
  readonly onOpen: (id: string) => void;
}

interface ListViewProps<Column extends string> extends PlaceProps {
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
  readonly onShown?: ((ids: readonly string[]) => void) | undefined;
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
  onShown,
  place,
  onMove,
  onPlace,
  onOpen,
}: ListViewProps<Column>) {
  const reading = useReading(reader);
  const { list, failure, busy } = reading;
  const scroller = useRef<HTMLDivElement>(null);
  const current = useCurrent(scroller, list);
  const window = useWindow(scroller, list, current.index ?? 0);
  const { first, end, rowHeight } = window;
  const letGo = usePlace({ scroller, reader, list, rowHeight, place, onMove, onPlace });
  useShown(list, first, end, onShown);

  useEffect(() => reader.look(first - AHEAD, Math.max(end, first + 1) + AHEAD), [reader, first, end]);

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
        {position ?? <Position list={list} first={first} end={end} />}
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
