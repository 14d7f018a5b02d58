import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import { CallBudgetSpent } from '../call-budget.ts';
import { type Anchor, LEAST_NEIGHBOURS, type Resumption } from '../cursor.ts';
import type { ListReader } from '../list-reader.ts';
import {
  clip,
  endOf,
  holdsWindow,
  knownListEnd,
  type ListRow,
  type RowRange,
  type Slice,
  startsWindow,
  windowAt,
} from '../row-range.ts';
import type { Extent, Window } from '../window.ts';
import { shiftTo } from './anchors.ts';
import {
  type Boundary,
  type BoundaryPosition,
  isBeforeFirstRow,
  locateBoundary,
  offsetOf,
} from './locate-boundary.ts';
import type { RealignBudget } from './realign-budget.ts';

/** Maximum number of pages per re-alignment; bisection finds an offset among a million rows in 14. */
const MAX_READS = 18;

/** Maximum number of pages read outward from the expected offset, if times cannot be used. */
const MAX_OUTWARD_READS = 10;

/** Rows on the other side of the boundary to read too: the cursor's row, and some of its neighbours in case it was deleted. */
const MAX_BESIDE = 8;

/** Number of reads at the offset expected from the growth of the list; further reads bisect. */
const MAX_ESTIMATED_READS = 3;

/** Number of reads after which part of the rows is enough, because the list changes faster than two pages can be read. */
const MAX_COMPLETE_READS = 2;

/** A filtered search spent its call budget during a re-alignment. */
export class RealignmentInterrupted extends CallBudgetSpent {
  /** The boundary with the bounds of its position, from which the next search continues; undefined if times cannot bound it. */
  readonly boundary: Boundary | undefined;

  constructor(boundary: Boundary | undefined) {
    super();
    this.boundary = boundary;
  }
}

/** The next read of a re-alignment. */
interface Target {
  readonly window: Window;
  /** The offset to probe: a cached page with this row alone is enough. */
  readonly offset: number;
  /** Length of the list at the last read. If it is unchanged, a page that was read before need not be read again. */
  readonly settledTotal?: number;
  /** Bounds of the boundary's position, according to times. */
  readonly within?: Resumption['within'];
  /** Length of the list at the last read. */
  readonly total: number;
}

/** Re-aligns from cached pages of any age, without a call. Undefined if the boundary's own row is on none of them. */
export function realignFromCache<Row extends ListRow>(
  reader: ListReader<string, Row>,
  extent: Extent,
  boundary: Boundary,
  seen: RowRange<Row>,
): Slice<Row> | undefined {
  const steps = realignSteps(reader, extent, boundary, seen, ({ isSure }) => isSure);
  const known = new Set<RowRange<Row>>();
  let step = steps.next();
  for (let reads = 1; !step.done; reads++) {
    const { window, offset } = step.value;
    const range = reader.cached(window) ?? reader.cached({ start: offset, end: offset + 1 });
    // A repeated cached page would repeat the same steps.
    if (range === undefined || known.has(range)) return undefined;
    if (reads >= MAX_ESTIMATED_READS) known.add(range);
    step = steps.next(range);
  }
  const { slice, reads } = step.value;
  if (slice !== undefined) reader.realigned({ reads, outcome: 'found' });
  return slice;
}

/**
 * Re-alignment: finds a boundary and its rows after the list has moved, in pages that are newer than the cursor.
 *
 * 1. At the offset expected from the growth of the list.
 * 2. By binary search over creation times, or by id outward from the expected offset in pages of the largest size, if times are unusable.
 * 3. If the budget is spent: estimated among the rows of its second, or at the old offset.
 *
 * Reports the outcome to the observer.
 *
 * @throws UpstreamError
 * @throws RealignmentInterrupted if a filtered search has spent its call budget
 */
export async function realign<Row extends ListRow>(
  reader: ListReader<string, Row>,
  budget: RealignBudget,
  extent: Extent,
  boundary: Boundary,
  seen: RowRange<Row>,
): Promise<Slice<Row>> {
  const since = boundary.knownSince ?? reader.startedAt;
  const readNext = freshReads(reader, budget, extent, seen, since);
  // On the first, short page, times alone do not prove that the list is ordered; a larger page does.
  const steps = realignSteps(reader, extent, boundary, seen, ({ isSure }, reads) => isSure || reads > 0);
  let step = steps.next();
  while (!step.done) {
    const target = step.value;
    const next = await readNext(target).catch((error) => {
      if (!(error instanceof CallBudgetSpent)) throw error;
      throw new RealignmentInterrupted(target.within && interruptedAt(boundary, target));
    });
    step = steps.next(next);
  }
  const { slice, reads } = step.value;
  if (slice === undefined) return giveUp(reader, budget, extent, boundary, since, seen, step.value);
  reader.realigned({ reads, outcome: 'found' });
  return slice;
}

/** The boundary with its bounds, to be resumed at a target that could not be read. */
function interruptedAt(boundary: Boundary, { offset, within, total }: Target): Boundary {
  const anchor: Anchor = shiftTo(boundary, offset, total);
  return { ...boundary, anchor: { ...anchor, resumption: { side: boundary.side, within } } };
}

/** Result of a re-alignment: the rows, or what is known about the position. */
interface RealignResult<Row extends ListRow> {
  readonly slice?: Slice<Row>;
  readonly ambiguous?: AmbiguousRows | undefined;
  readonly reads: number;
  /** The end of the list at the last read. */
  readonly listEnd: number;
}

/** Steps of a re-alignment: yields the next read, until the boundary is found or no page is left to try. */
function* realignSteps<Row extends ListRow>(
  { maxPageSize }: ListReader<string, Row>,
  extent: Extent,
  boundary: Boundary,
  seen: RowRange<Row>,
  isProof: (position: Extract<BoundaryPosition, { kind: 'at' }>, reads: number) => boolean,
): Generator<Target, RealignResult<Row>, RowRange<Row> | undefined> {
  const bounds = new OffsetBounds(boundary.anchor, seen.total);
  const isResumed = boundary.anchor.resumption?.within !== undefined;
  const positions = new Map<RowRange<Row>, BoundaryPosition>();
  let range = seen;
  /** Indexes of the grid pages read since the list had its current length. */
  const readPages = new Set<number>();
  let ambiguous: AmbiguousRows | undefined;
  let reads = 0;
  for (; reads < MAX_READS; reads++) {
    const position = positions.get(range) ?? locateBoundary(range, boundary, extent.from);
    positions.set(range, position);
    const expected = offsetOf(boundary) + range.total - boundary.anchor.total + bounds.drift;
    let target: Target;
    if (position.kind === 'at') {
      const wanted = windowAt(extent, position.offset, knownListEnd(range));
      const isPartEnough = extent.isPartEnough || reads >= MAX_COMPLETE_READS;
      const isEnough = holdsWindow(range, wanted) || (isPartEnough && startsWindow(range, wanted, extent));
      if (isEnough && (isProof(position, reads) || isResumed))
        return { slice: clip(range, wanted), reads, listEnd: range.total };
      const { offset } = position;
      const within = { lowest: offset, highest: offset };
      target = { window: windowAcross(extent, offset, maxPageSize), offset, within, total: range.total };
    } else if (position.kind === 'above' || position.kind === 'below') {
      bounds.narrow(position, range);
      if (bounds.areContradictory && !bounds.reset()) break;
      const offset = reads < MAX_ESTIMATED_READS && !isResumed ? bounds.clamp(expected) : bounds.middle;
      // All requested rows may need two pages. After a wrong estimate one page is enough to continue.
      const window = (reads === 0 ? windowAcross : windowOnOnePage)(extent, offset, maxPageSize);
      target = { window, offset, within: bounds.within, total: range.total };
    } else {
      if (position.kind === 'between') ambiguous = mergeAmbiguous(ambiguous, position, range);
      const page = nearestUnread(expected, knownListEnd(range), readPages, maxPageSize);
      if (isBeforeFirstRow(boundary) || page === undefined || readPages.size > MAX_OUTWARD_READS) break;
      target = { window: page, offset: page.start, settledTotal: range.total, total: range.total };
    }
    const next = yield target;
    if (next === undefined) break;
    range = next;
    bounds.seen(range.total);
    if (bounds.drift !== 0) readPages.clear();
  }
  return { ambiguous, reads: reads + 1, listEnd: knownListEnd(range) };
}

/** Returns a function that reads pages newer than the cursor. A page that was seen before is read again, unless the list is unchanged. */
function freshReads<Row extends ListRow>(
  reader: ListReader<string, Row>,
  budget: RealignBudget,
  { from }: Extent,
  seen: RowRange<Row>,
  since: MonotonicMs,
): (target: Target) => Promise<RowRange<Row> | undefined> {
  const known = new Set([stateOf(seen)]);
  return async ({ window, settledTotal }) => {
    let range = await reader.readAround(window, from, since, budget);
    if (range !== undefined && known.has(stateOf(range)) && range.total !== settledTotal)
      range = await reader.readAround(window, from, monotonicNow(), budget);
    if (range !== undefined) known.add(stateOf(range));
    return range;
  };
}

/** Identifies a range by its rows and read time. */
function stateOf({ start, rows, sentAt }: RowRange): string {
  return `${start} ${rows.length} ${sentAt}`;
}

/** Falls back to an estimate with a last read: among the rows of the boundary's second, at an edge of the list, or at the old offset. */
async function giveUp<Row extends ListRow>(
  reader: ListReader<string, Row>,
  budget: RealignBudget,
  extent: Extent,
  boundary: Boundary,
  since: MonotonicMs,
  seen: RowRange<Row>,
  { ambiguous, reads, listEnd }: RealignResult<Row>,
): Promise<Slice<Row>> {
  const place = offsetOf(boundary);
  const edgeAt = (end: number) => (reader.hasTimes ? undefined : edgeBeside(boundary, end));
  const edge = ambiguous === undefined ? edgeAt(listEnd) : undefined;
  const expected = ambiguous === undefined ? (edge ?? place) : estimate(boundary, ambiguous);
  const last = await ((ambiguous ?? edge) === undefined
    ? reader.reread(windowAt(extent, place, Number.POSITIVE_INFINITY), extent.from, since, budget)
    : reader.readAround(
        windowAcross(extent, expected, reader.maxPageSize),
        extent.from,
        monotonicNow(),
        budget,
      ));
  const range = last ?? seen;
  const position = locateBoundary(range, boundary, extent.from);
  const among =
    position.kind === 'between' && ambiguous !== undefined
      ? mergeAmbiguous(ambiguous, position, range)
      : undefined;
  const isFound = position.kind === 'at' && position.isSure;
  reader.realigned({
    reads,
    outcome: isFound ? 'found' : (ambiguous ?? edge) === undefined ? 'offset' : 'guessed',
  });
  const unproven = last === undefined ? place : (edgeAt(knownListEnd(range)) ?? expected);
  const offset =
    position.kind === 'at' ? position.offset : among === undefined ? unproven : estimate(boundary, among);
  return clip(range, windowAt(extent, Math.min(offset, knownListEnd(range)), knownListEnd(range)));
}

/** The edge of the list at which a boundary is if its cursor had all rows up to that edge as neighbours, and all were deleted. */
function edgeBeside({ anchor: { ordered, neighbours } }: Boundary, listEnd: number): number | undefined {
  if (ordered || !neighbours.complete) return undefined;
  return neighbours.side === 'above' ? 0 : listEnd;
}

/** Offsets of rows of the boundary's second, in a list of `total` rows, among which its position is ambiguous. */
interface AmbiguousRows {
  readonly from: number;
  readonly to: number;
  readonly total: number;
}

/** Merges the ambiguous rows of a range with those of earlier ranges, if they continue beyond the range and the length is unchanged. */
function mergeAmbiguous(
  known: AmbiguousRows | undefined,
  position: Extract<BoundaryPosition, { kind: 'between' }>,
  range: RowRange,
): AmbiguousRows {
  const { from, to } = position;
  const { total } = range;
  if (known?.total !== total) return { from, to, total };
  return {
    from: from === range.start ? Math.min(known.from, from) : from,
    to: to === endOf(range) ? Math.max(known.to, to) : to,
    total,
  };
}

/**
 * Estimates the position among ambiguous rows.
 *
 * - If the cursor has all its neighbours, all rows of that second that the walk had passed were deleted, so the remaining rows follow.
 * - If keys were omitted and the rows end at the old offset or above it, the end of the list was deleted.
 * - Otherwise assumes that only the row and its neighbours with keys were deleted.
 */
function estimate(boundary: Boundary, { from, to, total }: AmbiguousRows): number {
  const { neighbours, total: totalThen } = boundary.anchor;
  const isBelow = neighbours.side === 'below';
  if (neighbours.complete || neighbours.keys.length < LEAST_NEIGHBOURS) return isBelow ? to : from;
  const place = offsetOf(boundary);
  const missingBelow = isBelow ? 1 + neighbours.keys.length : 0;
  return to <= place ? to : Math.min(Math.max(place + total - totalThen + missingBelow, from), to);
}

/** The requested rows if the boundary is at `offset`, with some rows on its other side, which prove the position. */
function windowAcross({ from, rows }: Extent, offset: number, maxPageSize: number): Window {
  const beside = Math.max(1, Math.min(MAX_BESIDE, maxPageSize - rows));
  return from === 'start'
    ? { start: Math.max(0, offset - beside), end: offset + rows }
    : { start: Math.max(0, offset - rows), end: offset + beside };
}

/** As {@link windowAcross}, limited to a window that one page holds at every offset. */
export function windowOnOnePage(extent: Extent, offset: number, maxPageSize: number): Window {
  const few = Math.max(1, Math.floor(maxPageSize / 2) - MAX_BESIDE);
  return windowAcross({ ...extent, rows: Math.min(extent.rows, few) }, offset, maxPageSize);
}

/** The unread page of the grid nearest to an offset, marked as read; undefined if all were read. */
function nearestUnread(
  offset: number,
  listEnd: number,
  readPages: Set<number>,
  maxPageSize: number,
): Window | undefined {
  const pages = Math.ceil(listEnd / maxPageSize);
  const nearest = Math.max(0, Math.min(Math.floor((offset - 1) / maxPageSize), pages - 1));
  for (let distance = 0; distance < pages; distance++) {
    for (const index of [nearest - distance, nearest + distance]) {
      if (index < 0 || index >= pages || readPages.has(index)) continue;
      readPages.add(index);
      return { start: index * maxPageSize, end: (index + 1) * maxPageSize };
    }
  }
  return undefined;
}

/**
 * Inclusive bounds of a boundary's offset, for the bisection. If the length of the list changes by `n`, the bounds widen by `n`. If more
 * rows were inserted and deleted than that, two reads may contradict each other.
 */
class OffsetBounds {
  #total: number;
  #lowest: number;
  #highest: number;
  #isReset = false;
  /** Growth of the list during the last read, in rows; the same growth is expected during the next. */
  drift = 0;

  /** @param total current length of the list */
  constructor({ total: totalThen, resumption }: Anchor, total: number) {
    const { within } = resumption ?? {};
    this.#total = within === undefined ? total : totalThen;
    this.#lowest = within?.lowest ?? 0;
    this.#highest = within?.highest ?? total;
    this.seen(total);
    this.drift = 0;
  }

  /** Updates the bounds for the length of the list at the last read. */
  seen(total: number): void {
    this.drift = total - this.#total;
    this.#total = total;
    const moved = Math.abs(this.drift);
    this.#lowest = Math.max(0, Math.min(this.#lowest - moved, total));
    this.#highest = Math.min(this.#highest + moved, total);
  }

  /** Whether two reads contradict each other. */
  get areContradictory(): boolean {
    return this.#lowest > this.#highest;
  }

  /** Resets the bounds to the whole list, at most once. @returns whether they were reset */
  reset(): boolean {
    if (this.#isReset) return false;
    this.#isReset = true;
    this.#lowest = 0;
    this.#highest = this.#total;
    return true;
  }

  get within(): { readonly lowest: number; readonly highest: number } {
    return { lowest: this.#lowest, highest: this.#highest };
  }

  narrow(position: BoundaryPosition, range: RowRange): void {
    if (position.kind === 'below') this.#lowest = Math.max(this.#lowest, endOf(range));
    else this.#highest = Math.min(this.#highest, range.start);
  }

  clamp(offset: number): number {
    return Math.max(this.#lowest, Math.min(offset, this.#highest));
  }

  get middle(): number {
    return Math.floor((this.#lowest + this.#highest) / 2);
  }
}
