import { endOf, type Page, type Row, type Segment } from './segment.ts';

/**
 * The loaded rows of a list, as segments from top to bottom. Rows between two segments are not loaded; whether adjacent
 * segments have rows between them is unknown. Indexes count the rows shown; newer rows wait in `newer`.
 *
 * Immutable. A row occurs at most once.
 */
export interface RowList {
  readonly segments: readonly Segment[];
  /** Rows above the first shown one, newest first, which wait until the user shows them. */
  readonly newer: readonly Row[];
  /** Whether there are more newer rows than were loaded. */
  readonly hasMoreNewer: boolean;
  /** Number of rows in the whole list in the last response; undefined before the first. */
  readonly total: number | undefined;
  /** Number of rows from the first shown one to the end when they were last counted: `total` without the newer rows. */
  readonly shownTotal: number | undefined;
}

export const EMPTY_LIST: RowList = {
  segments: [],
  newer: [],
  hasMoreNewer: false,
  total: undefined,
  shownTotal: undefined,
};

/** Number of rows to scroll through, loaded or not. */
export function countOf({ segments, newer, total = 0 }: RowList): number {
  const last = segments.at(-1);
  const shownTotal = total - newer.length;
  if (last === undefined) return Math.max(0, shownTotal);
  return last.atEnd ? endOf(last) : Math.max(shownTotal, endOf(last) + 1);
}

/** The segment that contains an index. */
export const segmentAt = ({ segments }: RowList, index: number): Segment | undefined =>
  segments.find((segment) => segment.base <= index && index < endOf(segment));

/** The row at an index; undefined when it is not loaded. */
export function rowAt(list: RowList, index: number): Row | undefined {
  const segment = segmentAt(list, index);
  return segment?.rows[index - segment.base];
}

/** Index of a row; undefined when it is not loaded. */
export function indexOf({ segments }: RowList, id: string): number | undefined {
  for (const { base, rows } of segments) {
    const place = rows.findIndex((row) => row.id === id);
    if (place !== -1) return base + place;
  }
  return undefined;
}

/** Index of the row below a cursor; undefined when the cursor's row is not loaded. */
export function indexBelow({ segments }: RowList, cursor: string): number | undefined {
  for (const { base, rows } of segments) {
    const place = rows.findIndex((row) => row.cursor === cursor);
    if (place !== -1) return base + place + 1;
  }
  return undefined;
}

/**
 * Displayed number of a row, from 1, newer rows included. It is exact when all rows between it and an end of the list
 * are loaded; otherwise it is the last known number.
 */
export function numberOf(list: RowList, index: number): { readonly number: number; readonly exact: boolean } {
  const segment = segmentAt(list, index);
  const exact = segment !== undefined && (segment.atStart ? !list.hasMoreNewer : segment.atEnd);
  return { number: index + 1 + list.newer.length, exact };
}

/** Moves every segment to the position that the known ends and the total give it, without overlaps. */
export function positionSegments(list: RowList): RowList {
  const shownTotal = (list.total ?? 0) - list.newer.length;
  const segments: Segment[] = [];
  let free = 0;
  for (const segment of list.segments) {
    const counted = segment.atEnd ? shownTotal - segment.rows.length : segment.base;
    // At least one row is above a segment that is not the start.
    const minBase = segments.length === 0 ? 1 : free;
    const base = segment.atStart ? 0 : Math.max(minBase, counted);
    segments.push(base === segment.base ? segment : { ...segment, base });
    free = base + segment.rows.length;
  }
  return { ...list, segments };
}

/** A list whose first page was read from the middle: its first row once had this index. */
export function startAt(page: Page, index: number): RowList {
  const segment = { base: index, rows: page.rows, atStart: !page.hasPrevious, atEnd: !page.hasNext };
  const segments = page.rows.length === 0 ? [] : [segment];
  return positionSegments({ ...EMPTY_LIST, segments, total: page.total });
}
