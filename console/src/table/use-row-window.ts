import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useLayoutEffect } from 'react';
import { countOf, type RowList } from '../list/list.ts';
import { useRowHeight } from './row-height.ts';

/** Rows rendered beyond each edge of the view. */
const OVERSCAN = 6;
/** Skeleton rows before the length of the list is known. */
const SKELETON_ROWS = 30;

export interface RowWindow {
  readonly rowHeight: number;
  /** The rendered rows. */
  readonly rows: readonly { readonly index: number; readonly top: number }[];
  /** Height of all rows in pixels. */
  readonly height: number;
  /** The first row in view, and the one after the last. */
  readonly first: number;
  readonly end: number;
}

/**
 * The rows to render at the current scroll position.
 *
 * @param alwaysRendered a row that is always rendered, because it has the focus
 */
export function useRowWindow(
  scroller: RefObject<HTMLElement | null>,
  list: RowList,
  alwaysRendered: number,
): RowWindow {
  const { row: rowHeight, head } = useRowHeight();
  const count = list.total === undefined ? SKELETON_ROWS : countOf(list);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      if (alwaysRendered >= range.count || indexes.includes(alwaysRendered)) return indexes;
      return [...indexes, alwaysRendered].sort((a, b) => a - b);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured for the previous height
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
