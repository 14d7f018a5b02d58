import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import { indexBelow, numberOf, type RowList, rowAt } from '../list/list.ts';
import type { Reader } from './list-reader.ts';
import { anchorAt, type ScrollAnchor, scrollTopFor } from './scroll-anchor.ts';

/** Scroll position in a list, as stored in the address. */
export interface ScrollPosition {
  /** Cursor of the row above the first one in view; null at the top. */
  readonly at: string | null;
  /** Number of the first row in view, as last known. */
  readonly row: number | null;
}

/** Time without scrolling after which the position is written to the address, in milliseconds. */
const REST_MS = 200;

interface ScrollPositionOptions {
  readonly scroller: RefObject<HTMLElement | null>;
  readonly reader: Reader;
  readonly list: RowList;
  readonly rowHeight: number;
  readonly place: ScrollPosition;
  /** Called while the user scrolls. */
  readonly onMove: (place: ScrollPosition) => void;
  /** Called when scrolling has stopped at another position. */
  readonly onPlace: (place: ScrollPosition) => void;
}

/**
 * Synchronizes the scroll position, the address and the list. A position from the address is scrolled to; rows in view
 * stay in place while rows are loaded around them.
 *
 * @returns a function that releases the anchored row before the table scrolls elsewhere
 */
export function useScrollPosition({
  scroller,
  reader,
  list,
  rowHeight,
  place,
  onMove,
  onPlace,
}: ScrollPositionOptions): () => void {
  const anchor = useRef<ScrollAnchor>(undefined);
  const writtenCursor = useRef<string | null>(undefined);
  const isBeginning = useRef(false);
  /** Whether scrolling stopped at a position that cannot be written yet. */
  const isUnwritten = useRef(false);
  const latest = useRef({ list, rowHeight, onMove, onPlace });
  latest.current = { list, rowHeight, onMove, onPlace };

  const currentPosition = (element: HTMLElement) =>
    isBeginning.current
      ? undefined
      : positionAt(latest.current.list, Math.floor(element.scrollTop / latest.current.rowHeight + 0.01));

  // biome-ignore lint/correctness/useExhaustiveDependencies: reads the latest values from refs
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || place.at === writtenCursor.current) return;
    writtenCursor.current = place.at;
    latest.current.onMove(place);
    // The address only confirms the current position.
    if (currentPosition(element)?.at === place.at) return;
    anchor.current = undefined;
    const index = place.at === null ? 0 : indexBelow(latest.current.list, place.at);
    if (index !== undefined) element.scrollTop = index * latest.current.rowHeight;
    else if (place.at !== null) {
      isBeginning.current = true;
      reader.startBelow(place.at, Math.max(1, (place.row ?? 2) - 1));
    }
  }, [place.at, place.row, reader, scroller]);

  useLayoutEffect(() => {
    const element = scroller.current;
    const [first] = list.segments;
    if (element === null) return;
    if (isBeginning.current && first?.rows[0] !== undefined) {
      isBeginning.current = false;
      // A search always loads from its start.
      const index = place.at === null ? undefined : indexBelow(list, place.at);
      const begin = (index === undefined ? undefined : rowAt(list, index)) ?? first.rows[0];
      anchor.current = { id: begin.id, offset: 0 };
    }
    const top = anchor.current && scrollTopFor(list, anchor.current, rowHeight);
    if (top !== undefined && Math.abs(top - element.scrollTop) >= 1) element.scrollTop = top;
    anchor.current ??= anchorAt(list, element.scrollTop, element.clientHeight, rowHeight);
  }, [list, rowHeight, scroller, place.at]);

  const write = (element: HTMLElement) => {
    const now = currentPosition(element);
    isUnwritten.current = now === undefined;
    if (now === undefined) return;
    latest.current.onMove(now);
    if (now.at === writtenCursor.current) return;
    writtenCursor.current = now.at;
    latest.current.onPlace(now);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a loaded row may be the one it waits for
  useEffect(() => {
    if (scroller.current !== null && isUnwritten.current) write(scroller.current);
  }, [list]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: reads the latest values from refs
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onScroll = () => {
      const { list, rowHeight } = latest.current;
      if (!isBeginning.current)
        anchor.current = anchorAt(list, element.scrollTop, element.clientHeight, rowHeight);
      const now = currentPosition(element);
      if (now !== undefined) latest.current.onMove(now);
      isUnwritten.current = false;
      clearTimeout(timer);
      timer = setTimeout(write, REST_MS, element);
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      clearTimeout(timer);
      element.removeEventListener('scroll', onScroll);
    };
  }, [scroller]);

  return () => {
    anchor.current = undefined;
  };
}

/** The position whose first row in view has this index; undefined when the row above is not loaded. */
function positionAt(list: RowList, index: number): ScrollPosition | undefined {
  if (index === 0) return { at: null, row: null };
  const above = rowAt(list, index - 1);
  return above === undefined ? undefined : { at: above.cursor, row: numberOf(list, index).number };
}
