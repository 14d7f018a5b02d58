import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import { indexBelow, numberOf, type RowList, rowAt } from '../list/list.ts';
import { type Anchor, anchorAt, topFor } from './anchor.ts';
import type { Reader } from './reader.ts';

/** Where one is in a list, as an address keeps it. */
export interface Place {
  /** Cursor of the row above the first one in view; null at the top. */
  readonly at: string | null;
  /** The number of the first row in view, as far as it was known. */
  readonly row: number | null;
}

/** How long the scroller has to rest before its place is written down. */
const REST_MS = 200;

interface PlaceOptions {
  readonly scroller: RefObject<HTMLElement | null>;
  readonly reader: Reader;
  readonly list: RowList;
  readonly rowHeight: number;
  readonly place: Place;
  /** Told while one scrolls. */
  readonly onMove: (place: Place) => void;
  /** Told when the scroller has come to rest elsewhere. */
  readonly onPlace: (place: Place) => void;
}

/**
 * Keeps three things one: what is in view, the address, and the list, which moves when more of it becomes known. A place
 * that comes from the address is gone to; rows that somebody reads stay where they are.
 *
 * @returns a function that lets go of the rows in view, before one goes elsewhere in the list
 */
export function usePlace({
  scroller,
  reader,
  list,
  rowHeight,
  place,
  onMove,
  onPlace,
}: PlaceOptions): () => void {
  const anchor = useRef<Anchor>(undefined);
  const written = useRef<string | null>(undefined);
  const isBeginning = useRef(false);
  /** Whether the scroller rests where nobody knew yet what to write. */
  const isUnwritten = useRef(false);
  const known = useRef({ list, rowHeight, onMove, onPlace });
  known.current = { list, rowHeight, onMove, onPlace };

  const placeNow = (element: HTMLElement) =>
    isBeginning.current
      ? undefined
      : placeAt(known.current.list, Math.floor(element.scrollTop / known.current.rowHeight + 0.01));

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is used of this render lives in refs
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || place.at === written.current) return;
    written.current = place.at;
    known.current.onMove(place);
    // The address was only told where the scroller is already.
    if (placeNow(element)?.at === place.at) return;
    anchor.current = undefined;
    const index = place.at === null ? 0 : indexBelow(known.current.list, place.at);
    if (index !== undefined) element.scrollTop = index * known.current.rowHeight;
    else if (place.at !== null) {
      isBeginning.current = true;
      reader.beginBelow(place.at, Math.max(1, (place.row ?? 2) - 1));
    }
  }, [place.at, place.row, reader, scroller]);

  useLayoutEffect(() => {
    const element = scroller.current;
    const [first] = list.segments;
    if (element === null) return;
    if (isBeginning.current && first?.rows[0] !== undefined) {
      isBeginning.current = false;
      // A search is read from its start all the same.
      const index = place.at === null ? undefined : indexBelow(list, place.at);
      const begin = (index === undefined ? undefined : rowAt(list, index)) ?? first.rows[0];
      anchor.current = { id: begin.id, offset: 0 };
    }
    const top = anchor.current && topFor(list, anchor.current, rowHeight);
    if (top !== undefined && Math.abs(top - element.scrollTop) >= 1) element.scrollTop = top;
    anchor.current ??= anchorAt(list, element.scrollTop, element.clientHeight, rowHeight);
  }, [list, rowHeight, scroller, place.at]);

  const write = (element: HTMLElement) => {
    const now = placeNow(element);
    isUnwritten.current = now === undefined;
    if (now === undefined) return;
    known.current.onMove(now);
    if (now.at === written.current) return;
    written.current = now.at;
    known.current.onPlace(now);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that come to be known may be what it waits for
  useEffect(() => {
    if (scroller.current !== null && isUnwritten.current) write(scroller.current);
  }, [list]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is used of this render lives in refs
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onScroll = () => {
      const { list, rowHeight } = known.current;
      if (!isBeginning.current)
        anchor.current = anchorAt(list, element.scrollTop, element.clientHeight, rowHeight);
      const now = placeNow(element);
      if (now !== undefined) known.current.onMove(now);
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

/** What the address keeps of a row being the first in view; undefined where nobody knows what stands above it. */
function placeAt(list: RowList, index: number): Place | undefined {
  if (index === 0) return { at: null, row: null };
  const above = rowAt(list, index - 1);
  return above === undefined ? undefined : { at: above.cursor, row: numberOf(list, index).number };
}
