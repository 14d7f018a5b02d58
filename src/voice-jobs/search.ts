import type { Observer } from '../observer.ts';
import { MAX_PAGE_SIZE } from '../paging/cover.ts';
import type { Extent } from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import { type Boundary, type Gap, gapIn, isNowhere, placeOf } from './gap.ts';
import type { PageReader } from './page-reader.ts';
import { begins, holds, type Slice, take, windowAt } from './slice.ts';
import { endOf, listEndOf, type Span } from './span.ts';

/** Looks at a list that has moved before a boundary is taken to be at its old offset. */
const MAX_LOOKS = 12;

/** Looks after which halving is trusted more than the change of the total. */
const MAX_LIKELY_LOOKS = 3;

/** Looks after which a part of the rows is good enough: the list moves faster than two pages can be read. */
const MAX_WHOLE_LOOKS = 2;

/**
 * Finds a boundary in a list that has moved, and the rows beside it: where the change of the total speaks for, then by
 * creation time, halving what is left; where times are of no use, by id, outward from there in pages of
 * {@link MAX_PAGE_SIZE}. Past its budget the boundary counts as a plain offset, which the observer is told.
 *
 * @param seen rows that have been read already and are not enough
 * @throws UpstreamError
 */
export async function search(
  list: { readonly type: JobType; readonly reader: PageReader; readonly observer: Observer },
  extent: Extent,
  boundary: Boundary,
  seen: Span,
): Promise<Slice> {
  let span = seen;
  const range = new Range(span.total);
  let unordered = 0;
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const gap = gapIn(span, boundary);
    const likely = placeOf(boundary) + span.total - boundary.anchor.total + range.drift;
    const offset = offsetOf(gap, likely);
    if (offset !== undefined) {
      const wanted = windowAt(extent, offset, listEndOf(span));
      if (holds(span, wanted) || (looks >= MAX_WHOLE_LOOKS && begins(span, wanted, extent))) {
        list.observer.realigned({ type: list.type, looks, outcome: gap.kind === 'at' ? 'found' : 'guessed' });
        return take(span, wanted);
      }
      span = await look(list.reader, extent, offset);
    } else if (gap.kind === 'unknown') {
      const hundred = isNowhere(boundary) ? undefined : outward(likely, listEndOf(span), unordered++);
      if (hundred === undefined) break;
      span = await list.reader.readAround(hundred, extent.from);
    } else {
      range.narrow(gap, span);
      span = await look(list.reader, extent, looks < MAX_LIKELY_LOOKS ? range.clamp(likely) : range.middle);
    }
    range.seen(span.total);
  }
  list.observer.realigned({ type: list.type, looks: MAX_LOOKS, outcome: 'offset' });
  span = await list.reader.read(
    windowAt(extent, placeOf(boundary), Number.POSITIVE_INFINITY),
    extent.from,
    true,
  );
  return take(span, windowAt(extent, Math.min(placeOf(boundary), listEndOf(span)), listEndOf(span)));
}

function offsetOf(gap: Gap, likely: number): number | undefined {
  if (gap.kind === 'at') return gap.offset;
  if (gap.kind === 'between') return Math.min(Math.max(likely, gap.from), gap.to);
  return undefined;
}

/** Reads what is wanted if the boundary is at `offset`, and the row on its other side, which shows whether it is. */
function look(reader: PageReader, { from, rows }: Extent, offset: number): Promise<Span> {
  const window =
    from === 'start'
      ? { start: Math.max(0, offset - 1), end: offset + rows }
      : { start: Math.max(0, offset - rows), end: offset + 1 };
  return reader.readAround(window, from);
}

/** The n-th nearest hundred of the list, on either side in turn; undefined when all have been seen. */
function outward(offset: number, listEnd: number, n: number) {
  const hundreds = Math.ceil(listEnd / MAX_PAGE_SIZE);
  const nearest = Math.min(Math.max(0, Math.floor((offset - 1) / MAX_PAGE_SIZE)), Math.max(0, hundreds - 1));
  const byDistance = Array.from({ length: hundreds }, (_, index) => index).sort(
    (a, b) => Math.abs(a - nearest) - Math.abs(b - nearest),
  );
  const index = byDistance[n];
  if (index === undefined) return undefined;
  return { start: index * MAX_PAGE_SIZE, end: (index + 1) * MAX_PAGE_SIZE };
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
