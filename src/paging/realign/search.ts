import type { Observer } from '../../observer.ts';
import { MAX_PAGE_SIZE } from '../../paging/cover.ts';
import { LEAST_MARKS } from '../../paging/cursor.ts';
import type { Extent, Window } from '../../paging/window.ts';
import type { JobType } from '../../upstream/ims.ts';
import { endOf, holdsWindow, listEndOf, type Span } from '../span.ts';
import { type Boundary, type Gap, gapIn, isNowhere, placeOf } from './gap.ts';
import type { PageReader } from './page-reader.ts';
import { begins, type Slice, take, windowAt } from './slice.ts';

/** Pages that one search looks at before it gives up; halving finds a place among a million jobs in 14. */
const MAX_LOOKS = 18;

/** Looks of these that go outward by id, where there is nothing to halve. */
const MAX_OUTWARD_LOOKS = 10;

/** Rows beyond a boundary that are read along: the row itself, and some that its cursor knows in case it is gone. */
const MAX_BESIDE = 8;

/** Looks after which halving is trusted more than the change of the total. */
const MAX_LIKELY_LOOKS = 3;

/** Looks after which a part of the rows is good enough: the list moves faster than two pages can be read. */
const MAX_WHOLE_LOOKS = 2;

/** Rows that one page holds wherever in the list they begin. */
const ROWS_ON_ONE_PAGE = MAX_PAGE_SIZE / 2;

/** Where a search looks next. */
interface Target {
  readonly window: Window;
  /** The row of the window by which the search goes on, where it can do with fewer rows. */
  readonly offset: number;
  /** Rows of the list at the last look, where pages that are known already need not be read again while it stays so. */
  readonly settledTotal?: number;
}

/**
 * Finds a boundary's own row among the cached pages, however old, at no upstream call.
 *
 * @param seen rows that have been read already and are not enough
 * @returns undefined when that takes a page which is not cached, or when the row is on none
 */
export function searchCached(
  { type, reader, observer }: SearchedList,
  extent: Extent,
  boundary: Boundary,
  seen: Span,
): Slice | undefined {
  const steps = searchSteps(extent, boundary, seen, ({ isSure }) => isSure);
  let step = steps.next();
  while (!step.done) {
    const { window, offset } = step.value;
    const span = reader.held(window) ?? reader.held({ start: offset, end: offset + 1 });
    if (span === undefined) return undefined;
    step = steps.next(span);
  }
  const { slice, looks } = step.value;
  if (slice !== undefined) observer.realigned({ type, looks, outcome: 'found' });
  return slice;
}

/**
 * Finds a boundary in a list that has moved, and the rows beside it, in pages that are younger than the cursor: where the
 * change of the total speaks for, then by creation time, halving what is left; where times are of no use, by id, outward
 * from there in pages of {@link MAX_PAGE_SIZE}. What cannot be found within the budget is guessed among the rows of its
 * second, or else counts as a plain offset; the observer is told of either.
 *
 * @param seen rows that have been read already and are not enough
 * @throws UpstreamError
 */
export async function search(
  list: SearchedList,
  extent: Extent,
  boundary: Boundary,
  seen: Span,
): Promise<Slice> {
  const since = boundary.knownSince ?? list.startedAt;
  const look = freshLook(list.reader, extent, seen, since);
  // Times alone, on a short page, may be those of a list that is in no order at all: a wider look tells.
  const steps = searchSteps(extent, boundary, seen, ({ isSure }, looks) => isSure || looks > 0);
  let step = steps.next();
  while (!step.done) step = steps.next(await look(step.value));
  const { slice, looks } = step.value;
  if (slice === undefined) return giveUp(list, extent, boundary, since, seen, step.value);
  list.observer.realigned({ type: list.type, looks, outcome: 'found' });
  return slice;
}

/** What a search found, or what it knows of the place that it could not find. */
interface Searched {
  readonly slice?: Slice;
  readonly untold?: Untold | undefined;
  readonly looks: number;
}

/**
 * The steps of a search: yields where to look next and takes what is there, until it has found the boundary, knows no
 * further place or is given nothing.
 *
 * @param isProof whether a place that a look shows is the boundary's, after so many looks before
 */
function* searchSteps(
  extent: Extent,
  boundary: Boundary,
  seen: Span,
  isProof: (gap: Extract<Gap, { kind: 'at' }>, looks: number) => boolean,
): Generator<Target, Searched, Span | undefined> {
  const range = new Range(seen.total);
  let span = seen;
  let outwards = 0;
  let untold: Untold | undefined;
  let looks = 0;
  for (; looks < MAX_LOOKS; looks++) {
    const gap = gapIn(span, boundary, extent.from);
    const likely = placeOf(boundary) + span.total - boundary.anchor.total + range.drift;
    let target: Target;
    if (gap.kind === 'at') {
      const wanted = windowAt(extent, gap.offset, listEndOf(span));
      const isEnough =
        holdsWindow(span, wanted) || (looks >= MAX_WHOLE_LOOKS && begins(span, wanted, extent));
      if (isEnough && isProof(gap, looks)) return { slice: take(span, wanted), looks };
      target = { window: besides(extent, gap.offset), offset: gap.offset };
    } else if (gap.kind === 'above' || gap.kind === 'below') {
      range.narrow(gap, span);
      const offset = looks < MAX_LIKELY_LOOKS ? range.clamp(likely) : range.middle;
      // All rows that are wanted may take two pages. Where the place is likely wrong, one page is enough to go on by.
      const rows = looks === 0 ? extent.rows : Math.min(extent.rows, ROWS_ON_ONE_PAGE - MAX_BESIDE);
      target = { window: besides({ ...extent, rows }, offset), offset };
    } else {
      if (gap.kind === 'between') untold = widened(untold, gap, span);
      const hundred = outward(likely, listEndOf(span), outwards++);
      if (isNowhere(boundary) || hundred === undefined || outwards > MAX_OUTWARD_LOOKS) break;
      target = { window: hundred, offset: hundred.start, settledTotal: span.total };
    }
    const next = yield target;
    if (next === undefined) break;
    span = next;
    range.seen(span.total);
    if (range.drift !== 0) outwards = 0;
  }
  return { untold, looks: looks + 1 };
}

/**
 * Reads pages that are younger than the cursor. Other searches of the request may have read them; a page that this search
 * has seen already tells nothing new and is read again, unless the list stands still and the next page is as good.
 */
function freshLook(
  reader: PageReader,
  { from }: Extent,
  seen: Span,
  since: number,
): (target: Target) => Promise<Span | undefined> {
  const known = new Set([stateOf(seen)]);
  return async ({ window, settledTotal }) => {
    let span = await reader.readAround(window, from, since);
    if (span !== undefined && known.has(stateOf(span)) && span.total !== settledTotal)
      span = await reader.readAround(window, from, performance.now());
    if (span !== undefined) known.add(stateOf(span));
    return span;
  };
}

/** Equal for spans of the same rows, read at the same time. */
function stateOf({ start, rows, sentAt }: Span): string {
  return `${start} ${rows.length} ${sentAt}`;
}

/**
 * Takes the boundary to be where nothing proves that it is not: by a last look at the rows among which it must be, else
 * at its old offset.
 */
async function giveUp(
  { type, reader, observer }: SearchedList,
  extent: Extent,
  boundary: Boundary,
  since: number,
  seen: Span,
  { untold, looks }: Searched,
): Promise<Slice> {
  const place = placeOf(boundary);
  const likely = untold === undefined ? place : guess(boundary, untold);
  const last = await (untold === undefined
    ? reader.reread(windowAt(extent, place, Number.POSITIVE_INFINITY), extent.from, since)
    : reader.readAround(besides(extent, likely), extent.from, performance.now()));
  const span = last ?? seen;
  const gap = gapIn(span, boundary, extent.from);
  const among = gap.kind === 'between' && untold !== undefined ? widened(untold, gap, span) : undefined;
  const isFound = gap.kind === 'at' && gap.isSure;
  observer.realigned({
    type,
    looks,
    outcome: isFound ? 'found' : untold === undefined ? 'offset' : 'guessed',
  });
  const unproven = last === undefined ? place : likely;
  const offset = gap.kind === 'at' ? gap.offset : among === undefined ? unproven : guess(boundary, among);
  return take(span, windowAt(extent, Math.min(offset, listEndOf(span)), listEndOf(span)));
}

/** Rows of the boundary's second, in a list of `total` rows, among which nothing tells where the boundary is. */
interface Untold {
  readonly from: number;
  readonly to: number;
  readonly total: number;
}

/** What a span shows of them; where they go on beyond it, with what others have shown of a list of that length. */
function widened(known: Untold | undefined, gap: Extract<Gap, { kind: 'between' }>, span: Span): Untold {
  const { from, to } = gap;
  const { total } = span;
  if (known?.total !== total) return { from, to, total };
  return {
    from: from === span.start ? Math.min(known.from, from) : from,
    to: to === endOf(span) ? Math.max(known.to, to) : to,
    total,
  };
}

/**
 * The likeliest place among rows that nothing tells apart. Unless marks were left out of the cursor, all rows of that
 * second that the walk had passed are gone, so that what is there is still to come. With marks left out, a list that ends
 * at the old place or above it has lost its end; else it is as if nothing were missing but the row and what stood beside
 * it on the side of the marks.
 */
function guess(boundary: Boundary, { from, to, total }: Untold): number {
  const { marks, total: totalThen } = boundary.anchor;
  const isBelow = marks.side === 'below';
  if (marks.complete || marks.keys.length < LEAST_MARKS) return isBelow ? to : from;
  const place = placeOf(boundary);
  const missingBelow = isBelow ? 1 + marks.keys.length : 0;
  return to <= place ? to : Math.min(Math.max(place + total - totalThen + missingBelow, from), to);
}

/** What is searched: one upstream list. */
interface SearchedList {
  readonly type: JobType;
  readonly reader: PageReader;
  readonly observer: Observer;
  /** When the request began, in milliseconds of `performance.now()`; cursors are older than that. */
  readonly startedAt: number;
}

/** What is wanted if the boundary is at `offset`, and rows on its other side, which show whether it is. */
function besides({ from, rows }: Extent, offset: number): Window {
  const beside = Math.max(1, Math.min(MAX_BESIDE, MAX_PAGE_SIZE - rows));
  return from === 'start'
    ? { start: Math.max(0, offset - beside), end: offset + rows }
    : { start: Math.max(0, offset - rows), end: offset + beside };
}

/** The n-th nearest hundred of the list, counted from 0, on either side in turn; undefined when there are no more. */
function outward(offset: number, listEnd: number, n: number): Window | undefined {
  const hundreds = Math.ceil(listEnd / MAX_PAGE_SIZE);
  const nearest = Math.max(0, Math.min(Math.floor((offset - 1) / MAX_PAGE_SIZE), hundreds - 1));
  let left = n;
  for (let distance = 0; distance < hundreds; distance++) {
    for (const index of distance === 0 ? [nearest] : [nearest - distance, nearest + distance]) {
      if (index < 0 || index >= hundreds || left-- > 0) continue;
      return { start: index * MAX_PAGE_SIZE, end: (index + 1) * MAX_PAGE_SIZE };
    }
  }
  return undefined;
}

/** Where a boundary can still be in a list of one length; a change of the length makes everything possible again. */
class Range {
  #total: number;
  #lowest = 0;
  #highest: number;
  /** By how many rows the list grew during the last look: as many more are likely to come during the next. */
  drift = 0;

  constructor(total: number) {
    this.#total = total;
    this.#highest = total;
  }

  /** The list had `total` rows at the last look. */
  seen(total: number): void {
    this.drift = total - this.#total;
    if (this.drift === 0) return;
    this.#total = total;
    this.#lowest = 0;
    this.#highest = total;
  }

  narrow(gap: Gap, span: Span): void {
    if (gap.kind === 'below') this.#lowest = Math.max(this.#lowest, endOf(span));
    else this.#highest = Math.min(this.#highest, span.start);
  }

  clamp(offset: number): number {
    return Math.max(this.#lowest, Math.min(offset, this.#highest));
  }

  get middle(): number {
    return Math.floor((this.#lowest + Math.max(this.#lowest, this.#highest)) / 2);
  }
}
