import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useLayoutEffect } from 'react';
import { countOf, type RowList } from '../list/list.ts';
import { useRowHeight } from './row-height.ts';

/** Rows beyond each edge of the view that are on the page. */
const OVERSCAN = 6;
/** Rows that are drawn before anybody knows how many there are. */
const GUESS = 30;

export interface Window {
  readonly rowHeight: number;
  /** The rows that are on the page. */
  readonly rows: readonly { readonly index: number; readonly top: number }[];
  /** The height of all rows. */
  readonly height: number;
  /** Of the rows in view, the first one and the one after the last. */
  readonly first: number;
  readonly end: number;
}

/**
 * Which rows are on the page at a place of the scroller.
 *
 * @param kept a row that stays there wherever one scrolls, as it has the focus
 */
export function useWindow(scroller: RefObject<HTMLElement | null>, list: RowList, kept: number): Window {
  const { row: rowHeight, head } = useRowHeight();
  const count = list.total === undefined ? GUESS : countOf(list);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (kept >= range.count || indexes.includes(kept)) return indexes;
      return [...indexes, kept].sort((a, b) => a - b);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was measured is of the height before
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  const top = virtualizer.scrollOffset ?? 0;
  const height = (virtualizer.scrollRect?.height ?? 0) - head;
  const first = Math.min(Math.floor(top / rowHeight), Math.max(0, count - 1));
  return {
    rowHeight,
    rows: virtualizer.getVirtualItems().map(({ index, start }) => ({ index, top: start })),
    height: virtualizer.getTotalSize(),
    first,
    end: Math.min(count, Math.ceil((top + height) / rowHeight)),
  };
}
