import type { Anchor } from '../paging/cursor.ts';
import type { ListReaders } from '../paging/list-reader.ts';
import { AlignedList, type SliceBounds } from '../paging/realign/aligned-list.ts';
import { anchorsOf, beforeFirstRow, shiftTo } from '../paging/realign/anchors.ts';
import { type Boundary, isBeforeFirstRow } from '../paging/realign/locate-boundary.ts';
import { endOf, type Slice } from '../paging/row-range.ts';
import type { Extent } from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';
import { cursorInAll } from './list-cursor.ts';
import type { Edge, Listing, ListingRequest } from './list-one.ts';

/**
 * Reads both upstream lists as one, newest first; of jobs created in the same second the Basic ones come first. Both are
 * read side by side, each as far as it could be needed, at the calls that two pages of them cost.
 *
 * @throws UpstreamError of either list: half a page would be a wrong one
 */
export async function listAll(
  { extent, after, before }: ListingRequest,
  readers: ListReaders<JobType, VoiceJob>,
): Promise<Listing> {
  const read = async (type: JobType) => {
    const bounds = { from: after?.[type], to: before?.[type] };
    const slice = await new AlignedList(readers.of(type)).slice(extent, bounds);
    return new Side(type, slice, extent, bounds);
  };
  const [basic, standard] = await Promise.all([read('Basic'), read('Standard')]);
  const edges: Edge[] = [];
  while (edges.length < extent.rows && !basic.isCut && !standard.isCut) {
    const side = nextSide(basic, standard, extent);
    const node = side?.next;
    const anchor = side?.take();
    if (side === undefined || node === undefined || anchor === undefined) break;
    const other = side === basic ? standard : basic;
    const anchors =
      side === basic
        ? { Basic: anchor, Standard: other.above(node) }
        : { Basic: other.above(node), Standard: anchor };
    edges.push({ cursor: cursorInAll(side.type, anchors), node });
    for (const { type, slice } of [basic, standard])
      readers.of(type).cursorMade(anchors[type], slice.answeredAt);
  }
  return {
    edges: extent.from === 'start' ? edges : edges.reverse(),
    hasNextPage: basic.hasBelow || standard.hasBelow,
    hasPreviousPage: basic.hasAbove || standard.hasAbove,
    total: basic.slice.total + standard.slice.total,
  };
}

/** The rows of one of the two lists, taken one by one from the end at which the extent begins. */
class Side {
  readonly type: JobType;
  readonly slice: Slice<VoiceJob>;
  readonly #anchors: readonly (Anchor | undefined)[];
  readonly #extent: Extent;
  readonly #from: Boundary | undefined;
  /** Rows of the slice that have been taken, unusable ones included. */
  #taken = 0;

  constructor(type: JobType, slice: Slice<VoiceJob>, extent: Extent, { from, to }: SliceBounds) {
    this.type = type;
    this.slice = slice;
    this.#anchors = anchorsOf(slice, extent, extent.from === 'start' ? from : to);
    this.#extent = extent;
    this.#from = from;
    this.#skipUnusable();
  }

  /** The row that comes next; undefined when the slice has no more. */
  get next(): VoiceJob | undefined {
    return this.slice.rows[this.#index];
  }

  /** Whether more rows of this list are needed to go on than the slice has. */
  get isCut(): boolean {
    const { rows, start, listEnd, partial } = this.slice;
    const goesOn = this.#extent.from === 'start' ? endOf(this.slice) < listEnd : start > 0;
    return this.next === undefined && (partial || (rows.length >= this.#extent.rows && goesOn));
  }

  take(): Anchor | undefined {
    const anchor = this.#anchors[this.#index];
    this.#taken++;
    this.#skipUnusable();
    return anchor;
  }

  /** The last row of this list above a row of the other one that is being taken now. */
  above(node: VoiceJob): Anchor {
    const known = this.#anchors.slice(0, this.#firstBelow).findLast((anchor) => anchor !== undefined);
    if (known !== undefined) return known;
    if (this.#from === undefined || isBeforeFirstRow(this.#from)) return beforeFirstRow(this.slice, node);
    return shiftTo(this.#from, this.slice);
  }

  get hasAbove(): boolean {
    return this.#extent.from === 'start' ? this.slice.start > 0 : this.slice.start + this.#firstBelow > 0;
  }

  get hasBelow(): boolean {
    const below = this.#extent.from === 'start' ? this.slice.start + this.#firstBelow : endOf(this.slice);
    return below < this.slice.listEnd;
  }

  get #index(): number {
    return this.#extent.from === 'start' ? this.#taken : this.slice.rows.length - 1 - this.#taken;
  }

  get #firstBelow(): number {
    return this.#extent.from === 'start' ? this.#taken : this.slice.rows.length - this.#taken;
  }

  #skipUnusable(): void {
    while (this.#taken < this.slice.rows.length && this.next === undefined) this.#taken++;
  }
}

function nextSide(basic: Side, standard: Side, { from }: Extent): Side | undefined {
  const [one, other] = [basic.next, standard.next];
  if (one === undefined) return other && standard;
  if (other === undefined) return basic;
  // The Basic job comes first unless the Standard one is known to be newer.
  const [time, otherTime] = [one.createdSecond, other.createdSecond];
  const isBasicFirst = time === null || otherTime === null || time >= otherTime;
  return isBasicFirst === (from === 'start') ? basic : standard;
}
