import { CallBudgetSpent } from './call-budget.ts';
import type { ListReader } from './list-reader.ts';
import { type AnchorRules, anchorAt } from './realign/anchors.ts';
import type { Boundary } from './realign/locate-boundary.ts';
import { RealignBudget } from './realign/realign-budget.ts';
import { clip, endOf, isNewestFirst, knownListEnd, type ListRow, type RowRange } from './row-range.ts';
import type { Extent } from './window.ts';

/** Result of {@link locateSecond}. */
export interface LocatedSecond {
  /**
   * Boundary beside a row on the side where the walk starts. Forwards: the lowest known row of that second or newer. Backwards: the highest
   * known older row. Undefined if there is no such row, or the list is not newest first.
   */
  readonly boundary: Boundary | undefined;
  /** Whether all pages that were read were newest first, within and among each other. */
  readonly isOrdered: boolean;
  /** Length of the list at the last read; 0 if nothing was read. */
  readonly total: number;
}

/** Offset and creation time of a row. */
interface Point {
  readonly offset: number;
  readonly second: number;
}

/**
 * Finds the position of a second in a list that is newest first: between rows of that second or newer, and older rows. Binary search over
 * pages of the largest size, with interpolation search as long as enough calls are left to bisect the rest: reads at most ⌈log₂(pages)⌉
 * pages and the page at the position.
 *
 * The boundary is always beside a row whose time is known, so that it is correct even if the list moves between two reads, or the calls run
 * out. It is then only farther from the position.
 *
 * @param start 0-based offset at which to begin
 * @param end offset at which to end; undefined for the end of the list
 * @throws UpstreamError
 */
export async function locateSecond<Row extends ListRow>(
  reader: ListReader<string, Row>,
  second: number,
  {
    start,
    end,
    from,
  }: { readonly start: number; readonly end?: number | undefined; readonly from: Extent['from'] },
): Promise<LocatedSecond> {
  const size = reader.maxPageSize;
  let total = end ?? reader.lastTotal;
  /** 0-based indexes of the pages that may have the position: `[lowest, beyond)`. */
  let lowest = Math.floor(start / size);
  let beyond = total === undefined ? lowest + 1 : Math.ceil(total / size);
  let boundary: Boundary | undefined;
  const points: Point[] = [];
  for (let reads = 0; lowest < beyond; reads++) {
    const page = total === undefined ? lowest : nextPage(second, lowest, beyond, reads, points, size, total);
    let range: RowRange<Row>;
    try {
      const window = { start: page * size, end: (page + 1) * size };
      range = await reader.read(window, 'start', new RealignBudget());
    } catch (error) {
      if (error instanceof CallBudgetSpent) break;
      throw error;
    }
    if (range.total !== total) {
      // The list has moved: known offsets are of other rows, and the pages below must be read again.
      total = range.total;
      points.length = 0;
      beyond = Math.min(
        end === undefined ? Number.POSITIVE_INFINITY : Math.ceil(end / size),
        Math.ceil(knownListEnd(range) / size),
      );
    }
    const seen = pointsOf(range);
    const [first, last] = [seen[0], seen.at(-1)];
    if (first === undefined || last === undefined) {
      if (endOf(range) > range.start) return { boundary: undefined, isOrdered: false, total };
      beyond = Math.min(beyond, page);
      continue;
    }
    if (!isNewestFirst(range.rows) || !areInOrder(points, first, last))
      return { boundary: undefined, isOrdered: false, total };
    points.push(first, last);
    points.sort((one, other) => one.offset - other.offset);
    const below = seen.find((point) => point.second < second);
    const above = seen.findLast((point) => point.second >= second);
    const beside = from === 'start' ? above : below;
    if (beside !== undefined) boundary = boundaryAt(range, beside.offset, from);
    if (above !== undefined && below !== undefined) break;
    if (below === undefined) lowest = page + 1;
    else beyond = page;
  }
  return { boundary, isOrdered: true, total: total ?? 0 };
}

/**
 * The page of `[lowest, beyond)` to read next: the interpolated one, clamped to the pages from which bisection can still finish with the
 * calls left.
 */
function nextPage(
  second: number,
  lowest: number,
  beyond: number,
  reads: number,
  points: readonly Point[],
  size: number,
  total: number,
): number {
  const middle = Math.floor((lowest + beyond - 1) / 2);
  const offset = interpolate(second, points);
  if (offset === undefined) return middle;
  const left = Math.floor(Math.log2(Math.max(1, Math.ceil(total / size)))) + 1 - reads;
  const reach = 2 ** Math.max(0, left - 1) - 1;
  const [from, to] = [Math.max(lowest, beyond - 1 - reach), Math.min(beyond - 1, lowest + reach)];
  return from > to ? middle : Math.max(from, Math.min(Math.floor(offset / size), to));
}

/** Interpolates the offset of a second between its nearest known rows, or extrapolates from the outermost ones. */
function interpolate(second: number, points: readonly Point[]): number | undefined {
  const at = points.findIndex((point) => point.second < second);
  const [upper, lower] = at > 0 ? [points[at - 1], points[at]] : [points[0], points.at(-1)];
  if (upper === undefined || lower === undefined || upper.second === lower.second) return undefined;
  const rows = ((upper.second - second) / (upper.second - lower.second)) * (lower.offset - upper.offset);
  return Math.max(0, upper.offset + rows);
}

/** Offsets and times of the rows of a range that have a time. */
function pointsOf({ start, rows }: RowRange): Point[] {
  return rows.flatMap((row, index) =>
    row === undefined || row.createdSecond === null
      ? []
      : [{ offset: start + index, second: row.createdSecond }],
  );
}

/** Whether the first and last row of a page fit into the descending order of the known rows. */
function areInOrder(points: readonly Point[], first: Point, last: Point): boolean {
  return points.every(
    ({ offset, second }) =>
      (offset >= first.offset || second >= first.second) && (offset <= last.offset || second <= last.second),
  );
}

/** One anchor of each page is needed, and once. */
const ANCHOR_RULES: AnchorRules = { hasTimes: true, isCached: false };

/** The boundary beside a row, on the side of the walk's direction. */
function boundaryAt<Row extends ListRow>(
  range: RowRange<Row>,
  offset: number,
  from: Extent['from'],
): Boundary | undefined {
  const isForwards = from === 'start';
  const window = isForwards ? { start: range.start, end: offset + 1 } : { start: offset, end: endOf(range) };
  const slice = clip(range, window);
  const anchor = anchorAt(slice, from, undefined, ANCHOR_RULES)(isForwards ? slice.rows.length - 1 : 0);
  if (anchor === undefined) return undefined;
  // Rows of the same second may continue beyond the page.
  const edge = isForwards ? slice.rows[0] : slice.rows.at(-1);
  const isCut = edge === undefined || edge.createdSecond === anchor.createdAt;
  const isEdge = isForwards ? range.start === 0 : range.last;
  const complete = anchor.neighbours.complete && (!isCut || isEdge);
  return {
    anchor: { ...anchor, neighbours: { ...anchor.neighbours, complete } },
    side: isForwards ? 'after' : 'before',
    knownSince: range.answeredAt,
  };
}
