import { useEffect } from 'react';
import { type RowList, rowAt } from '../list/list.ts';

/**
 * Time that rows must stay in view before they are reported, in milliseconds, so that scrolling past does not count.
 */
const REST_MS = 250;

/**
 * Reports the global ids of the rows in view, and none when the table unmounts.
 *
 * @param onShown the same function at each render
 */
export function useVisibleRows(
  list: RowList,
  first: number,
  end: number,
  onVisibleRows: ((ids: readonly string[]) => void) | undefined,
): void {
  useEffect(() => {
    if (onVisibleRows === undefined) return;
    const timer = setTimeout(() => {
      const indexes = Array.from({ length: Math.max(0, end - first) }, (_, place) => first + place);
      onVisibleRows(indexes.flatMap((index) => rowAt(list, index)?.id ?? []));
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [list, first, end, onVisibleRows]);
  useEffect(() => () => onVisibleRows?.([]), [onVisibleRows]);
}
