import { BadInputError } from '../errors.ts';

/** Default maximum of `first` and `last`. Independent of the upstream's page size. */
export const MAX_PAGE_ROWS = 100;

/** Number of rows if neither `first` nor `last` is given. */
export const DEFAULT_PAGE_ROWS = 10;

/** A half-open interval `[start, end)` of 0-based offsets in the upstream's order; `start <= end`. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** The arguments of a Relay connection, with encoded cursors. */
export interface ConnectionArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Number of requested rows, and from which end of the rows between the cursors they are taken. */
export interface Extent {
  readonly rows: number;
  readonly from: 'start' | 'end';
  /** Whether fewer rows are acceptable if further rows would cost another call. @default false */
  readonly isPartEnough?: boolean;
}

/**
 * Parses `first` and `last`. Neither means the first {@link DEFAULT_PAGE_ROWS}; null means not given.
 *
 * @throws BadInputError that names the argument, if both are given or one is outside 0..`maxRows`
 * @see https://relay.dev/graphql/connections.htm#sec-Arguments
 */
export function readExtent(args: ConnectionArgs, maxRows = MAX_PAGE_ROWS): Extent {
  const first = args.first ?? undefined;
  const last = args.last ?? undefined;
  if (first !== undefined && last !== undefined) {
    throw new BadInputError(
      'last',
      'Give `first` or `last`, not both: they ask for opposite ends of the list.',
    );
  }
  if (last !== undefined) return { rows: checkRows('last', last, maxRows), from: 'end' };
  return { rows: checkRows('first', first ?? Math.min(DEFAULT_PAGE_ROWS, maxRows), maxRows), from: 'start' };
}

function checkRows(argument: 'first' | 'last', rows: number, maxRows: number): number {
  if (!Number.isInteger(rows) || rows < 0 || rows > maxRows) {
    throw new BadInputError(
      argument,
      `\`${argument}\` is ${rows}; allowed is a whole number from 0 to ${maxRows}.`,
    );
  }
  return rows;
}

/** 0-based offsets of the cursors' rows. */
export interface Bounds {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
}

/**
 * The window of `extent` between the cursors, within a list of `total` rows. Cursors that cross or point past the end yield an empty
 * window at their position, never one at offset 0.
 *
 * @param total number of rows; `Infinity` if unknown
 */
export function windowOf(extent: Extent, bounds: Bounds, total: number): Window {
  const from = Math.min(bounds.after === undefined ? 0 : bounds.after + 1, total);
  const to = Math.max(from, Math.min(bounds.before ?? total, total));
  return extent.from === 'start'
    ? { start: from, end: Math.min(to, from + extent.rows) }
    : { start: Math.max(from, to - extent.rows), end: to };
}
