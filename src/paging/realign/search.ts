import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import { CallBudgetSpent } from '../call-budget.ts';
import { type Anchor, LEAST_NEIGHBOURS, type Resumption } from '../cursor.ts';
import type { ListReader } from '../list-reader.ts';
import {
  begins,
  endOf,
  holdsWindow,
  knownListEnd,
  type ListRow,
  type RowRange,
  type Slice,
  take,
  windowAt,
} from '../row-range.ts';
import type { Extent, Window } from '../window.ts';
import { shiftTo } from './anchors.ts';
import {
  type Boundary,
  type BoundaryPosition,
  isBeforeFirstRow,
  locateBoundary,
  placeOf,
} from './locate-boundary.ts';
import type { SearchBudget } from './search-budget.ts';

/** Pages that one search reads before it gives up; bisection finds a place among a million rows in 14. */
const MAX_LOOKS = 18;

/** Those of them that go outward by id, where times cannot be used. */
const MAX_OUTWARD_LOOKS = 10;

/** Rows beyond a boundary that are read along: the row itself, and some that its cursor knows in case it is gone. */
const MAX_BESIDE = 8;

/** Reads after which bisection is trusted more than the change of the total. */
const MAX_LIKELY_LOOKS = 3;

/** Reads after which a part of the rows is good enough: the list moves faster than two pages can be read. */
const MAX_WHOLE_LOOKS = 2;

/** A filtered search ran out of calls while it looked for a place. */
export class RealignmentCut extends CallBudgetSpent {
  /** The boundary with what times have told of its place, for the next one to go on from; undefined where they tell nothing. */
  readonly boundary: Boundary | undefined;

  constructor(boundary: Boundary | undefined) {
    super();
    this.boundary = boundary;
  }
}

/** What a search reads next. */
interface Target {
  readonly window: Window;
  /** The row of the window by which the search goes on, where it can do with fewer rows. */
  readonly offset: number;
  /** Rows of the list at the last read, where pages that are known already need not be read again while it stays so. */
  readonly settledTotal?: number;
  /** Where the boundary lies, as far as times have told. */
  readonly within?: Resumption['within'];
  /** Rows of the list at the last read. */
  readonly total: number;
}

/** Finds a boundary's own row among the cached pages, however old, at no call; undefined where it is on none. */
export function searchCached<Row extends ListRow>(
  reader: ListReader<string, Row>,
  extent: Extent,
  boundary: Boundary,
  seen: RowRange<Row>,
): Slice<Row> | undefined {
  const steps = searchSteps(reader, extent, boundary, seen, ({ isSure }) => isSure);
  const known = new Set<RowRange<Row>>();
  let step = steps.next();
  for (let looks = 1; !step.done; looks++) {
    const { window, offset } = step.value;
    const range = reader.cached(window) ?? reader.cached({ start: offset, end: offset + 1 });
    // A cached page that comes again leads to the same pages as before.
    if (range === undefined || known.has(range)) return undefined;
    if (looks >= MAX_LIKELY_LOOKS) known.add(range);
    step = steps.next(range);
  }
  const { slice, looks } = step.value;
  if (slice !== undefined) reader.realigned({ looks, outcome: 'found' });
  return slice;
}

/**
 * Finds a boundary in a list that has moved, and the rows beside it, in pages that are younger than the cursor: where the
 * change of the total says, then by bisection of creation times; where times are of no use, by id, outward from there in pages
 * of the largest size. What cannot be found within the budget is guessed among the rows of its second, or else counts as a
 * plain offset; the observer is told of either.
 *
 * @throws UpstreamError
 * @throws RealignmentCut where the calls of a filtered search ended
 */
export async function search<Row extends ListRow>(
  reader: ListReader<string, Row>,
  budget: SearchBudget,
  extent: Extent,
  boundary: Boundary,
  seen: RowRange<Row>,
): Promise<Slice<Row>> {
  const since = boundary.knownSince ?? reader.startedAt;
  const readNext = freshReads(reader, budget, extent, seen, since);
  // Times alone, on a short page, may be those of a list that is in no order at all: a wider page tells.
  const steps = searchSteps(reader, extent, boundary, seen, ({ isSure }, looks) => isSure || looks > 0);
  let step = steps.next();
  while (!step.done) {
    const target = step.value;
    const next = await readNext(target).catch((error) => {
      if (!(error instanceof CallBudgetSpent)) throw error;
      throw new RealignmentCut(target.within && cutAt(boundary, target));
    });
    step = steps.next(next);
  }
  const { slice, looks } = step.value;
  if (slice === undefined) return giveUp(reader, budget, extent, boundary, since, seen, step.value);
  reader.realigned({ looks, outcome: 'found' });
  return slice;
}

/** The boundary with what is known of its place, to be looked for at a target that could not be read any more. */
function cutAt(boundary: Boundary, { offset, within, total }: Target): Boundary {
  const anchor: Anchor = shiftTo(boundary, offset, total);
  return { ...boundary, anchor: { ...anchor, resumption: { side: boundary.side, within } } };
}

/** What a search found, or what it knows of the place that it could not find. */
interface Searched<Row extends ListRow> {
  readonly slice?: Slice<Row>;
  readonly untold?: Untold | undefined;
  readonly looks: number;
  /** The end of the list at the last read. */
  readonly listEnd: number;
}

/** The steps of a search: yields what to read next, until the boundary is found or no further place is known. */
function* searchSteps<Row extends ListRow>(
  { maxPageSize }: ListReader<string, Row>,
  extent: Extent,
  boundary: Boundary,
  seen: RowRange<Row>,
  isProof: (position: Extract<BoundaryPosition, { kind: 'at' }>, looks: number) => boolean,
): Generator<Target, Searched<Row>, RowRange<Row> | undefined> {
  const limits = new SearchLimits(boundary.anchor, seen.total);
  const isResumed = boundary.anchor.resumption?.within !== undefined;
  const positions = new Map<RowRange<Row>, BoundaryPosition>();
  let range = seen;
  /** Pages of the grid that were looked at while the list had its present length. */
  const tried = new Set<number>();
  let untold: Untold | undefined;
  let looks = 0;
  for (; looks < MAX_LOOKS; looks++) {
    const position = positions.get(range) ?? locateBoundary(range, boundary, extent.from);
    positions.set(range, position);
    const likely = placeOf(boundary) + range.total - boundary.anchor.total + limits.drift;
    let target: Target;
    if (position.kind === 'at') {
      const wanted = windowAt(extent, position.offset, knownListEnd(range));
      const isPartEnough = extent.isPartEnough || looks >= MAX_WHOLE_LOOKS;
      const isEnough = holdsWindow(range, wanted) || (isPartEnough && begins(range, wanted, extent));
      if (isEnough && (isProof(position, looks) || isResumed))
        return { slice: take(range, wanted), looks, listEnd: range.total };
      const { offset } = position;
      const within = { lowest: offset, highest: offset };
      target = { window: besides(extent, offset, maxPageSize), offset, within, total: range.total };
    } else if (position.kind === 'above' || position.kind === 'below') {
      limits.narrow(position, range);
      if (limits.areCrossed && !limits.reset()) break;
      const offset = looks < MAX_LIKELY_LOOKS && !isResumed ? limits.clamp(likely) : limits.middle;
      // All rows that are wanted may take two pages. Where the place is likely wrong, one page is enough to go on by.
      const window = (looks === 0 ? besides : windowBeside)(extent, offset, maxPageSize);
      target = { window, offset, within: limits.within, total: range.total };
    } else {
      if (position.kind === 'between') untold = widened(untold, position, range);
      const page = outward(likely, knownListEnd(range), tried, maxPageSize);
      if (isBeforeFirstRow(boundary) || page === undefined || tried.size > MAX_OUTWARD_LOOKS) break;
      target = { window: page, offset: page.start, settledTotal: range.total, total: range.total };
    }
    const next = yield target;
    if (next === undefined) break;
    range = next;
    limits.seen(range.total);
    if (limits.drift !== 0) tried.clear();
  }
  return { untold, looks: looks + 1, listEnd: knownListEnd(range) };
}

/** Reads pages younger than the cursor. A page seen before is read again, unless the list stands still and the next will do. */
function freshReads<Row extends ListRow>(
  reader: ListReader<string, Row>,
  budget: SearchBudget,
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

/** Equal for ranges of the same rows, read at the same time. */
function stateOf({ start, rows, sentAt }: RowRange): string {
  return `${start} ${rows.length} ${sentAt}`;
}

/** Takes a guess: by a last read of the rows among which the boundary must be, else at its old offset. */
async function giveUp<Row extends ListRow>(
  reader: ListReader<string, Row>,
  budget: SearchBudget,
  extent: Extent,
  boundary: Boundary,
  since: MonotonicMs,
  seen: RowRange<Row>,
  { untold, looks, listEnd }: Searched<Row>,
): Promise<Slice<Row>> {
  const place = placeOf(boundary);
  const edgeAt = (end: number) => (reader.hasTimes ? undefined : edgeBeside(boundary, end));
  const edge = untold === undefined ? edgeAt(listEnd) : undefined;
  const likely = untold === undefined ? (edge ?? place) : guess(boundary, untold);
  const last = await ((untold ?? edge) === undefined
    ? reader.reread(windowAt(extent, place, Number.POSITIVE_INFINITY), extent.from, since, budget)
    : reader.readAround(besides(extent, likely, reader.maxPageSize), extent.from, monotonicNow(), budget));
  const range = last ?? seen;
  const position = locateBoundary(range, boundary, extent.from);
  const among =
    position.kind === 'between' && untold !== undefined ? widened(untold, position, range) : undefined;
  const isFound = position.kind === 'at' && position.isSure;
  reader.realigned({
    looks,
    outcome: isFound ? 'found' : (untold ?? edge) === undefined ? 'offset' : 'guessed',
  });
  const unproven = last === undefined ? place : (edgeAt(knownListEnd(range)) ?? likely);
  const offset =
    position.kind === 'at' ? position.offset : among === undefined ? unproven : guess(boundary, among);
  return take(range, windowAt(extent, Math.min(offset, knownListEnd(range)), knownListEnd(range)));
}

/** The edge of the list where a boundary is whose cursor knew all rows between it and that edge, when all of them are gone. */
function edgeBeside({ anchor: { ordered, neighbours } }: Boundary, listEnd: number): number | undefined {
  if (ordered || !neighbours.complete) return undefined;
  return neighbours.side === 'above' ? 0 : listEnd;
}

/** Rows of the boundary's second, in a list of `total` rows, among which nothing tells where the boundary is. */
interface Untold {
  readonly from: number;
  readonly to: number;
  readonly total: number;
}

/** What a range shows of them; where they go on beyond it, with what others have shown of a list of that length. */
function widened(
  known: Untold | undefined,
  position: Extract<BoundaryPosition, { kind: 'between' }>,
  range: RowRange,
): Untold {
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
 * The likeliest place among rows that nothing tells apart. Unless neighbour keys were left out of the cursor, all rows of that
 * second that the walk had passed are gone, so that what is there is still to come. With keys left out, a list that ends at
 * the old place or above it has lost its end; else it is as if nothing were missing but the row and its neighbours on the side
 * of the keys.
 */
function guess(boundary: Boundary, { from, to, total }: Untold): number {
  const { neighbours, total: totalThen } = boundary.anchor;
  const isBelow = neighbours.side === 'below';
  if (neighbours.complete || neighbours.keys.length < LEAST_NEIGHBOURS) return isBelow ? to : from;
  const place = placeOf(boundary);
  const missingBelow = isBelow ? 1 + neighbours.keys.length : 0;
  return to <= place ? to : Math.min(Math.max(place + total - totalThen + missingBelow, from), to);
}

/** What is wanted if the boundary is at `offset`, and rows on its other side, which show whether it is. */
function besides({ from, rows }: Extent, offset: number, maxPageSize: number): Window {
  const beside = Math.max(1, Math.min(MAX_BESIDE, maxPageSize - rows));
  return from === 'start'
    ? { start: Math.max(0, offset - beside), end: offset + rows }
    : { start: Math.max(0, offset - rows), end: offset + beside };
}

/** As much of it as stands on one page, wherever that is. */
export function windowBeside(extent: Extent, offset: number, maxPageSize: number): Window {
  const few = Math.max(1, Math.floor(maxPageSize / 2) - MAX_BESIDE);
  return besides({ ...extent, rows: Math.min(extent.rows, few) }, offset, maxPageSize);
}

/** The page of the grid nearest to an offset that was not tried yet; undefined when there are no more. */
function outward(
  offset: number,
  listEnd: number,
  tried: Set<number>,
  maxPageSize: number,
): Window | undefined {
  const pages = Math.ceil(listEnd / maxPageSize);
  const nearest = Math.max(0, Math.min(Math.floor((offset - 1) / maxPageSize), pages - 1));
  for (let distance = 0; distance < pages; distance++) {
    for (const index of [nearest - distance, nearest + distance]) {
      if (index < 0 || index >= pages || tried.has(index)) continue;
      tried.add(index);
      return { start: index * maxPageSize, end: (index + 1) * maxPageSize };
    }
  }
  return undefined;
}

/**
 * The offsets between which a boundary can still be, both included. What was found holds after a change of the list's length
 * but for as many rows, unless more rows came and went than that shows: then two reads contradict each other.
 */
class SearchLimits {
  #total: number;
  #lowest: number;
  #highest: number;
  #isReset = false;
  /** By how many rows the list grew during the last read: as many more are likely to come during the next. */
  drift = 0;

  /** @param total rows of the list now */
  constructor({ total: totalThen, resumption }: Anchor, total: number) {
    const { within } = resumption ?? {};
    this.#total = within === undefined ? total : totalThen;
    this.#lowest = within?.lowest ?? 0;
    this.#highest = within?.highest ?? total;
    this.seen(total);
    this.drift = 0;
  }

  /** The list had `total` rows at the last read. */
  seen(total: number): void {
    this.drift = total - this.#total;
    this.#total = total;
    const moved = Math.abs(this.drift);
    this.#lowest = Math.max(0, Math.min(this.#lowest - moved, total));
    this.#highest = Math.min(this.#highest + moved, total);
  }

  /** Whether two reads contradict each other. */
  get areCrossed(): boolean {
    return this.#lowest > this.#highest;
  }

  /** Makes everything possible again, once. @returns whether it did */
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
