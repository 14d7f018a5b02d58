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

/** Rows beyond the view that are read before somebody comes to them. */
const AHEAD = 25;

/** A place in a list, and who is told when it changes. */
export interface PlaceProps {
  readonly place: Place;
  /** Told while one scrolls. */
  readonly onMove: (place: Place) => void;
  /** Told when the scroller has come to rest elsewhere. */
  readonly onPlace: (place: Place) => void;
  /** Told which object to open, by its global id. */
  readonly onOpen: (id: string) => void;
}

interface ListViewProps<Column extends string> extends PlaceProps {
  readonly reader: Reader;
  readonly kind: TableKind<Column>;
  readonly texts: TableTexts<Column> & { readonly toStart: string; readonly toEnd: string };
  /** What failures are about. */
  readonly subject: Subject;
  /** Stands for a list without rows. */
  readonly empty: ReactNode;
  /** What keeps rows from being up to date, beside what the reader says. */
  readonly problem?: Failure | undefined;
  /** Says which rows these are, in place of their numbers. */
  readonly position?: ReactNode;
  /** In the bar, before the buttons that lead to its ends. */
  readonly tools?: ReactNode;
  /** In the bar, beside the position. `showNewer` puts the newer rows on top and goes there. */
  readonly bar?: ((list: RowList, showNewer: () => void) => ReactNode) | undefined;
  /** Below the bar. */
  readonly notices?: ReactNode;
  /** Told which rows are in view, by their global ids. The same function at each render. */
  readonly onShown?: ((ids: readonly string[]) => void) | undefined;
}

/** One list as a table, and everything that is said about it. Another list is another one of these. */
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
  /** Whether somebody looks at rows that are not read. */
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
        // Where no row is, titles and skeletons would wait for something that does not come.
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
