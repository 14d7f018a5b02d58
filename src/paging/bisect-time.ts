import { CallBudgetSpent } from './call-budget.ts';
import type { ListReader } from './list-reader.ts';
import { anchorAt } from './realign/anchors.ts';
import type { Boundary } from './realign/locate-boundary.ts';
import { SearchBudget } from './realign/search-budget.ts';
import { endOf, isNewestFirst, knownListEnd, type ListRow, type RowRange, take } from './row-range.ts';
import type { Extent } from './window.ts';

/** Where in a list a time lies, as far as it was found. */
export interface LocatedSecond {
  /**
   * A row on the side from which the walk comes: forwards the lowest row that is known to be of that second or newer, backwards
   * the highest that is older. Undefined where no row is, and where the list is not newest first.
   */
  readonly boundary: Boundary | undefined;
  /** Whether every page that was read was newest first, and all of them together. */
  readonly isOrdered: boolean;
  /** Length of the list at the last read; 0 where nothing was read. */
  readonly total: number;
}

/** A row at an offset, by its time alone. */
interface Point {
  readonly offset: number;
  readonly second: number;
}

/**
 * Finds the place in a list that is newest first between the rows created in a second or later and those created before it, by
 * bisection over pages of the largest size. Interpolates where times are known, as far as that leaves enough calls to bisect
 * the rest: reads at most ⌈log₂(pages)⌉ pages, and the one on which the place is.
 *
 * The boundary is a row whose own time says on which side it is, so that the result is right also where the list moves between
 * two reads; then it only lies farther from the place. So it does where the calls end before the place is found.
 *
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
  /** Pages, 0-based, that may hold the place. */
  let lowest = Math.floor(start / size);
  let beyond = total === undefined ? lowest + 1 : Math.ceil(total / size);
  let boundary: Boundary | undefined;
  const points: Point[] = [];
  for (let reads = 0; lowest < beyond; reads++) {
    const page = total === undefined ? lowest : nextPage(second, lowest, beyond, reads, points, size, total);
    let range: RowRange<Row>;
    try {
      const window = { start: page * size, end: (page + 1) * size };
      range = await reader.read(window, 'start', new SearchBudget());
    } catch (error) {
      if (error instanceof CallBudgetSpent) break;
      throw error;
    }
    if (range.total !== total) {
      // Of a list that has moved, the pages below are looked through again, and offsets mean other rows.
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
 * The page to read next of those in `[lowest, beyond)`: where the time should be by the rows that are known, but not so far from
 * the middle that bisection could not finish in the calls that are left.
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

/** The offset at which a second should be: between its nearest known rows, or on from the last two. */
function interpolate(second: number, points: readonly Point[]): number | undefined {
  const at = points.findIndex((point) => point.second < second);
  const [upper, lower] =
    at === -1 ? [points[0], points.at(-1)] : [points[at - 1] ?? points[0], points[at] ?? points.at(-1)];
  if (upper === undefined || lower === undefined || upper.second === lower.second) return undefined;
  const rows = ((upper.second - second) / (upper.second - lower.second)) * (lower.offset - upper.offset);
  return Math.max(0, upper.offset + rows);
}

/** The rows of a range that have a time. */
function pointsOf({ start, rows }: RowRange): Point[] {
  return rows.flatMap((row, index) =>
    row === undefined || row.createdSecond === null
      ? []
      : [{ offset: start + index, second: row.createdSecond }],
  );
}

/** Whether rows are as old as those around them let expect. */
function areInOrder(points: readonly Point[], first: Point, last: Point): boolean {
  return points.every(
    ({ offset, second }) =>
      (offset >= first.offset || second >= first.second) && (offset <= last.offset || second <= last.second),
  );
}

/** The boundary beside a row, on the side that lies ahead. */
function boundaryAt<Row extends ListRow>(
  range: RowRange<Row>,
  offset: number,
  from: Extent['from'],
): Boundary | undefined {
  const isForwards = from === 'start';
  const window = isForwards ? { start: range.start, end: offset + 1 } : { start: offset, end: endOf(range) };
  const slice = take(range, window);
  const anchor = anchorAt(slice, from, undefined)(isForwards ? slice.rows.length - 1 : 0);
  if (anchor === undefined) return undefined;
  // Rows of the same second may go on beyond the page.
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
