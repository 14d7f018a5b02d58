import { BadInputError } from '../errors.ts';

/** Most rows one page of a connection may have where nothing else is said. The upstream's pages may have more, or fewer. */
export const MAX_PAGE_ROWS = 100;

/** Rows of a page when neither `first` nor `last` says how many. */
export const DEFAULT_PAGE_ROWS = 10;

/** The half-open range `[start, end)` of 0-based offsets in the upstream's own order; `start <= end`. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Relay's four arguments as they arrive, cursors not yet read. */
export interface ConnectionArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** How many rows are wanted, and from which end of what lies between the cursors. */
export interface Extent {
  readonly rows: number;
  readonly from: 'start' | 'end';
  /** Whether fewer rows will do where more would take another call. @default false */
  readonly isPartEnough?: boolean;
}

/**
 * Reads `first` and `last`: neither means the first {@link DEFAULT_PAGE_ROWS}, a null counts as absent.
 *
 * @throws BadInputError for both together, and outside 0..`maxRows`, naming the argument
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

/** The places between which the rows are looked for: the row after `after`, the row `before`; 0-based offsets. */
export interface Bounds {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
}

/**
 * The rows that `extent` means between `bounds` in a list of `total` rows. Always lies within the list: cursors that
 * cross or point past the end give an empty window at the place they point to, never one that starts again at row 0.
 *
 * @param total number of rows; `Infinity` while it is not known
 */
export function windowOf(extent: Extent, bounds: Bounds, total: number): Window {
  const from = Math.min(bounds.after === undefined ? 0 : bounds.after + 1, total);
  const to = Math.max(from, Math.min(bounds.before ?? total, total));
  return extent.from === 'start'
    ? { start: from, end: Math.min(to, from + extent.rows) }
    : { start: Math.max(from, to - extent.rows), end: to };
}
