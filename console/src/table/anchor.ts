import { indexOf, type RowList, rowAt } from '../list/list.ts';

/** The first known row in view, and how far its top is from the top of the view. What is read must not move. */
export interface Anchor {
  readonly id: string;
  readonly offset: number;
}

/** What to hold on to at a place; nothing where only unknown rows are in view. */
export function anchorAt(list: RowList, top: number, height: number, rowHeight: number): Anchor | undefined {
  const first = Math.floor(top / rowHeight);
  const last = Math.ceil((top + height) / rowHeight);
  for (let index = first; index < last; index++) {
    const row = rowAt(list, index);
    if (row !== undefined) return { id: row.id, offset: index * rowHeight - top };
  }
  return undefined;
}

/** Where to scroll so that the row is where it was; undefined when it is not in the list any more. */
export function topFor(list: RowList, { id, offset }: Anchor, rowHeight: number): number | undefined {
  const index = indexOf(list, id);
  return index === undefined ? undefined : index * rowHeight - offset;
}
