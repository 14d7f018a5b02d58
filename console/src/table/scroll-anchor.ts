import { indexOf, type RowList, rowAt } from '../list/list.ts';

/**
 * The first loaded row in view and the distance of its top from the top of the view. It stays in place when rows are
 * added or removed above it.
 */
export interface ScrollAnchor {
  readonly id: string;
  readonly offset: number;
}

/** The anchor at a scroll position; undefined when no loaded row is in view. */
export function anchorAt(
  list: RowList,
  top: number,
  height: number,
  rowHeight: number,
): ScrollAnchor | undefined {
  const first = Math.floor(top / rowHeight);
  const last = Math.ceil((top + height) / rowHeight);
  for (let index = first; index < last; index++) {
    const row = rowAt(list, index);
    if (row !== undefined) return { id: row.id, offset: index * rowHeight - top };
  }
  return undefined;
}

/** Scroll position at which the row is where it was; undefined when it is not loaded any more. */
export function scrollTopFor(
  list: RowList,
  { id, offset }: ScrollAnchor,
  rowHeight: number,
): number | undefined {
  const index = indexOf(list, id);
  return index === undefined ? undefined : index * rowHeight - offset;
}
