import { useEffect } from 'react';
import { type RowList, rowAt } from '../list/list.ts';

/** How long rows have to stay in view before it is told: who scrolls past does not read them. */
const REST_MS = 250;

/**
 * Tells which rows are in view, by their global ids, and that none is when the table goes.
 *
 * @param onShown the same function at each render
 */
export function useShown(
  list: RowList,
  first: number,
  end: number,
  onShown: ((ids: readonly string[]) => void) | undefined,
): void {
  useEffect(() => {
    if (onShown === undefined) return;
    const timer = setTimeout(() => {
      const indexes = Array.from({ length: Math.max(0, end - first) }, (_, place) => first + place);
      onShown(indexes.flatMap((index) => rowAt(list, index)?.id ?? []));
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [list, first, end, onShown]);
  useEffect(() => () => onShown?.([]), [onShown]);
}
