import type { Observer } from '../../observer.ts';
import { MAX_PAGE_SIZE } from '../../paging/cover.ts';
import { LEAST_MARKS } from '../../paging/cursor.ts';
import type { Extent, Window } from '../../paging/window.ts';
import type { JobType } from '../../upstream/ims.ts';
import { endOf, holdsWindow, listEndOf, type Span } from '../span.ts';
import { type Boundary, type Gap, gapIn, isNowhere, placeOf } from './gap.ts';
import type { PageReader } from './page-reader.ts';
import { begins, type Slice, take, windowAt } from './slice.ts';

/** Looks at a list that has moved before a boundary is given up; halving finds a place among a million jobs in 14. */
const MAX_LOOKS = 18;

/** Looks of these that go outward by id, where there is nothing to halve. */
const MAX_OUTWARD_LOOKS = 10;

/** Rows beyond a boundary that are read along: the row itself, and some that its cursor knows in case it is gone. */
const MAX_BESIDE = 8;

/** Looks after which halving is trusted more than the change of the total. */
const MAX_LIKELY_LOOKS = 3;

/** Looks after which a part of the rows is good enough: the list moves faster than two pages can be read. */
const MAX_WHOLE_LOOKS = 2;

/**
 * Finds a boundary in a list that has moved, and the rows beside it: where the change of the total speaks for, then by
 * creation time, halving what is left; where times are of no use, by id, outward from there in pages of
 * {@link MAX_PAGE_SIZE}. What cannot be found within the budget is guessed among the rows of its second, or else counts
 * as a plain offset; the observer is told of either.
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
  const range = new Range(seen.total);
  let span = seen;
  let outwards = 0;
  let untold: Untold | undefined;
  let looks = 0;
  for (; looks < MAX_LOOKS; looks++) {
    const gap = gapIn(span, boundary, extent.from);
    const likely = placeOf(boundary) + span.total - boundary.anchor.total + range.drift;
    if (gap.kind === 'at') {
      const wanted = windowAt(extent, gap.offset, listEndOf(span));
      // Times alone, on a short page, may be those of a list that is in no order at all: a wider look tells.
      const isTold = gap.isSure || looks > 0;
      if (
        isTold &&
        (holdsWindow(span, wanted) || (looks >= MAX_WHOLE_LOOKS && begins(span, wanted, extent)))
      ) {
        list.observer.realigned({ type: list.type, looks, outcome: 'found' });
        return take(span, wanted);
      }
      span = await look(list.reader, extent, gap.offset);
    } else if (gap.kind === 'above' || gap.kind === 'below') {
      range.narrow(gap, span);
      span = await look(list.reader, extent, looks < MAX_LIKELY_LOOKS ? range.clamp(likely) : range.middle);
    } else {
      if (gap.kind === 'between') untold = widened(untold, gap, span);
      const hundred = outward(likely, listEndOf(span), outwards++);
      if (isNowhere(boundary) || hundred === undefined || outwards > MAX_OUTWARD_LOOKS) break;
      span = await list.reader.readAround(hundred, extent.from);
    }
    range.seen(span.total);
    if (range.drift !== 0) outwards = 0;
  }
  return giveUp(list, extent, boundary, untold, looks + 1);
}

/**
 * Takes the boundary to be where nothing proves that it is not: by a last look at the rows among which it must be, else
 * at its old offset.
 */
async function giveUp(
  { type, reader, observer }: SearchedList,
  extent: Extent,
  boundary: Boundary,
  untold: Untold | undefined,
  looks: number,
): Promise<Slice> {
  const likely = untold === undefined ? placeOf(boundary) : guess(boundary, untold);
  const span = await (untold === undefined
    ? reader.read(windowAt(extent, likely, Number.POSITIVE_INFINITY), extent.from, performance.now())
    : look(reader, extent, likely));
  const gap = gapIn(span, boundary, extent.from);
  const among = gap.kind === 'between' && untold !== undefined ? widened(untold, gap, span) : undefined;
  const isFound = gap.kind === 'at' && gap.isSure;
  observer.realigned({
    type,
    looks,
    outcome: isFound ? 'found' : untold === undefined ? 'offset' : 'guessed',
  });
  const offset = gap.kind === 'at' ? gap.offset : among === undefined ? likely : guess(boundary, among);
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
}

/** Reads what is wanted if the boundary is at `offset`, and rows on its other side, which show whether it is. */
function look(reader: PageReader, { from, rows }: Extent, offset: number): Promise<Span> {
  const beside = Math.max(1, Math.min(MAX_BESIDE, MAX_PAGE_SIZE - rows));
  const window =
    from === 'start'
      ? { start: Math.max(0, offset - beside), end: offset + rows }
      : { start: Math.max(0, offset - rows), end: offset + beside };
  return reader.readAround(window, from);
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
