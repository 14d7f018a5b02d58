import { endOf, type Page, type Row, type Segment } from './segment.ts';

/**
 * What is known of one list: stretches of it, from top to bottom. Between two of them rows are unknown or, where
 * they touch, it is unknown whether there are any.
 * Indexes count the rows that are shown; rows that are newer than those wait in `newer` until somebody wants to see them.
 *
 * Never altered. A row is in it at most once.
 */
export interface RowList {
  readonly segments: readonly Segment[];
  /** Rows above the first one, newest first, which are not shown yet. */
  readonly newer: readonly Row[];
  /** Whether there are still more of them than were read. */
  readonly evenNewer: boolean;
  /** Rows in the whole list, as the API said last; unknown before its first answer. */
  readonly total: number | undefined;
  /** Rows from the first one on, when they were counted last: all of them, less the newer ones. */
  readonly standing: number | undefined;
}

export const NOTHING_KNOWN: RowList = {
  segments: [],
  newer: [],
  evenNewer: false,
  total: undefined,
  standing: undefined,
};

/** How many rows there are to scroll through, known ones and others. */
export function countOf({ segments, newer, total = 0 }: RowList): number {
  const last = segments.at(-1);
  const told = total - newer.length;
  if (last === undefined) return Math.max(0, told);
  return last.atEnd ? endOf(last) : Math.max(told, endOf(last) + 1);
}

/** The stretch that holds a row. */
export const segmentAt = ({ segments }: RowList, index: number): Segment | undefined =>
  segments.find((segment) => segment.base <= index && index < endOf(segment));

/** The row at an index, unless it is unknown. */
export function rowAt(list: RowList, index: number): Row | undefined {
  const segment = segmentAt(list, index);
  return segment?.rows[index - segment.base];
}

/** Where a row stands now; undefined when it is not among the known rows. */
export function indexOf({ segments }: RowList, id: string): number | undefined {
  for (const { base, rows } of segments) {
    const place = rows.findIndex((row) => row.id === id);
    if (place !== -1) return base + place;
  }
  return undefined;
}

/** Where the row below a cursor stands; undefined when the cursor's row is not among the known ones. */
export function indexBelow({ segments }: RowList, cursor: string): number | undefined {
  for (const { base, rows } of segments) {
    const place = rows.findIndex((row) => row.cursor === cursor);
    if (place !== -1) return base + place + 1;
  }
  return undefined;
}

/**
 * The number of a row for people, from 1, newer rows counted. It is a fact when rows can be counted without a gap from an
 * end of the list, else it is where the row was when somebody last knew.
 */
export function numberOf(list: RowList, index: number): { readonly number: number; readonly exact: boolean } {
  const segment = segmentAt(list, index);
  const exact = segment !== undefined && (segment.atStart ? !list.evenNewer : segment.atEnd);
  return { number: index + 1 + list.newer.length, exact };
}

/** Puts every stretch where the ends that were reached and the total say it stands, and none upon another. */
export function settle(list: RowList): RowList {
  const told = (list.total ?? 0) - list.newer.length;
  const segments: Segment[] = [];
  let free = 0;
  for (const segment of list.segments) {
    const counted = segment.atEnd ? told - segment.rows.length : segment.base;
    // Something is above what is not the start.
    const least = segments.length === 0 ? 1 : free;
    const base = segment.atStart ? 0 : Math.max(least, counted);
    segments.push(base === segment.base ? segment : { ...segment, base });
    free = base + segment.rows.length;
  }
  return { ...list, segments };
}

/** The list after the first page of all, read from the middle: its first row was once at `index`. */
export function beginAt(page: Page, index: number): RowList {
  const segment = { base: index, rows: page.rows, atStart: !page.hasPrevious, atEnd: !page.hasNext };
  const segments = page.rows.length === 0 ? [] : [segment];
  return settle({ ...NOTHING_KNOWN, segments, total: page.total });
}
