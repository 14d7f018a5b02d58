import { locateSecond } from './bisect-time.ts';
import { CallBudgetSpent } from './call-budget.ts';
import { around, rowsOf } from './cover.ts';
import type { Anchor } from './cursor.ts';
import type { ListReader } from './list-reader.ts';
import { AlignedList, type SliceBounds } from './realign/aligned-list.ts';
import { afterLastRow, anchorAt, beforeFirstRow, shiftTo } from './realign/anchors.ts';
import { type Boundary, isBeforeFirstRow, placeOf } from './realign/locate-boundary.ts';
import { RealignmentCut } from './realign/search.ts';
import { SearchBudget } from './realign/search-budget.ts';
import { endOf, type ListRow, type Slice } from './row-range.ts';
import type { Extent } from './window.ts';

/** Creation times, in whole seconds since 1970, outside which no row is wanted; undefined where there is no limit. */
export interface TimeRange {
  readonly oldestSecond?: number | undefined;
  readonly newestSecond?: number | undefined;
}

/** Where a walk begins and ends, and which rows it may pass over without a look. */
export interface WalkBounds {
  /** Before the first row of the walk; undefined: from an edge of the list. */
  readonly base: Boundary | undefined;
  /** Beyond the last row of the walk; undefined: to the other edge. */
  readonly stop: Boundary | undefined;
  readonly times: TimeRange;
}

const NO_TIME = { createdSecond: null };

/**
 * Walks one list row by row in either direction, in pages of the largest size, which lie on the grid where the direction
 * allows it. While the list moves it keeps the promise of a walk by cursors: each read goes on from the last row of the one
 * before, wherever that row is by then.
 */
export class ListWalk<List extends string, Row extends ListRow> {
  readonly list: List;
  readonly #reader: ListReader<List, Row>;
  readonly #seeker: ListReader<List, Row>;
  readonly #from: Extent['from'];
  readonly #bounds: WalkBounds;
  #base: Boundary | undefined;
  #slice: Slice<Row> | undefined;
  #anchorAt: (index: number) => Anchor | undefined = () => undefined;
  /** Rows of the slice that have been taken, unusable ones included. */
  #taken = 0;
  /** Whether all reads so far were newest first, so that times tell what lies ahead. */
  #isOrdered: boolean;
  /** Length of the list, where it was asked for to begin at the end. */
  #end: number | undefined;
  /** Whether nothing is to be read after the slice. */
  #isLast = false;
  #hasBegun = false;
  /** Whether all rows behind are known to be outside the times that are wanted. */
  #isBehindPast = false;
  /** Whether the list has rows before the walk's first of which the walk says nothing. */
  hasBehind = false;
  #goesOn = false;
  /** Whether it ended where the list could not be read on, although the list goes on. */
  isCutShort = false;

  /** @param seeker reads the same list to find where the wanted times begin, as long as it has calls */
  constructor(
    reader: ListReader<List, Row>,
    seeker: ListReader<List, Row>,
    from: Extent['from'],
    bounds: WalkBounds,
  ) {
    this.#reader = reader;
    this.#seeker = seeker;
    this.list = reader.list;
    this.#from = from;
    this.#bounds = bounds;
    this.#base = bounds.base;
    this.#isOrdered = reader.hasTimes;
  }

  /** The row that comes next; undefined when a page has to be read first, or when there is none. */
  get next(): Row | undefined {
    return this.#isPast ? undefined : this.#rowAt(this.#taken);
  }

  /** Whether no row comes any more. */
  get isDone(): boolean {
    return this.#isPast || (this.#isLast && this.#rowAt(this.#taken) === undefined);
  }

  /** Whether the list has rows beyond the last one of a walk that is done, of which the walk says nothing. */
  get hasBeyond(): boolean {
    return this.#goesOn && !this.#isPast;
  }

  /** Reads on until there is a next row, or none at all. @throws UpstreamError @throws CallBudgetSpent */
  async fill(): Promise<void> {
    if (!this.#hasBegun) {
      await this.#seek();
      this.#hasBegun = true;
    }
    while (!this.isDone && this.next === undefined) await this.#read();
  }

  /** Goes past the next row. */
  take(): void {
    this.#taken++;
    this.#skipUnusable();
  }

  /** Whether nothing was taken yet, but it is known better than before where the walk goes on. */
  get hasMoved(): boolean {
    return this.#slice !== undefined || this.#base !== this.#bounds.base;
  }

  /** The anchor of the place where the walk goes on before anything was taken. */
  get startAnchor(): Anchor {
    const [base, slice] = [this.#base, this.#slice];
    if (base === undefined)
      return { ...beforeFirstRow({ start: 0, total: 0 }, NO_TIME), resumption: { side: 'edge' } };
    if (slice === undefined)
      return { ...base.anchor, resumption: base.anchor.resumption ?? { side: base.side } };
    const place = this.#from === 'start' ? slice.start : endOf(slice);
    return { ...shiftTo(base, place, slice.total), resumption: { side: base.side } };
  }

  /** The anchor of the row that was taken last, or of the row from which the walk began; undefined where there is none. */
  get taken(): Anchor | undefined {
    const slice = this.#slice;
    for (let passed = Math.min(this.#taken, slice?.rows.length ?? 0) - 1; passed >= 0; passed--) {
      const anchor = this.#anchorAt(this.#indexOf(passed));
      if (anchor !== undefined) return anchor;
    }
    return this.#base?.anchor;
  }

  /** Remembers that a cursor was made of an anchor of this list. */
  cursorMade(anchor: Anchor): void {
    if (this.#slice !== undefined) this.#reader.cursorMade(anchor, this.#slice.answeredAt);
  }

  /** The last row of this list above a row of another one, which was taken at this moment. */
  above(second: number | null): Anchor {
    const slice = this.#slice as Slice<Row>;
    const row = { createdSecond: second };
    const firstBelow = this.#from === 'start' ? this.#taken : slice.rows.length - this.#taken;
    for (let index = firstBelow - 1; index >= 0; index--) {
      const anchor = this.#anchorAt(index);
      if (anchor !== undefined) return anchor;
    }
    const upper = this.#from === 'start' ? this.#base : this.#bounds.stop;
    if (upper === undefined || isBeforeFirstRow(upper)) return beforeFirstRow(slice, row);
    return shiftTo(upper, slice.start, slice.total);
  }

  /** Where times are wanted and tell, begins at the first of them instead of at the base. */
  async #seek(): Promise<void> {
    const { base, times } = this.#bounds;
    const isForwards = this.#from === 'start';
    const limit = isForwards ? times.newestSecond : times.oldestSecond;
    if (limit === undefined || !this.#reader.hasTimes) return;
    if (base !== undefined) {
      const { createdAt, ordered } = base.anchor;
      if (createdAt === null || !ordered || (isForwards ? createdAt <= limit : createdAt >= limit)) return;
    }
    const found = await locateSecond(this.#seeker, isForwards ? limit + 1 : limit, {
      start: isForwards && base !== undefined ? placeOf(base) : 0,
      end: isForwards || base === undefined ? undefined : placeOf(base),
      from: this.#from,
    });
    this.#base = found.boundary ?? base;
    this.#isBehindPast = found.isOrdered;
  }

  async #read(): Promise<void> {
    const isForwards = this.#from === 'start';
    const base = this.#edge();
    const rows = await this.#rowsToGrid(base);
    const bounds = isForwards ? { from: base, to: this.#bounds.stop } : { from: this.#bounds.stop, to: base };
    const slice = await this.#readSlice(rows, bounds);
    const isFirst = this.#slice === undefined;
    this.#base = base;
    this.#slice = slice;
    this.#taken = 0;
    this.#anchorAt = anchorAt(slice, this.#from, base, this.#reader.hasTimes);
    const hasRowsAbove = slice.start > 0;
    const hasRowsBelow = endOf(slice) < slice.listEnd;
    if (isFirst) this.hasBehind = !this.#isBehindPast && (isForwards ? hasRowsAbove : hasRowsBelow);
    const usable = slice.rows.findIndex(Boolean);
    const edge = usable === -1 ? undefined : this.#anchorAt(usable);
    this.#isOrdered &&= edge?.ordered ?? true;
    const goesOn = isForwards ? hasRowsBelow : hasRowsAbove;
    // Fewer rows than were asked for end the walk at its stop; a page without a usable row ends it because nothing leads on.
    const isShort = slice.rows.length < rows && !slice.partial;
    this.#isLast = !goesOn || isShort || usable === -1;
    this.#goesOn = goesOn;
    this.isCutShort = goesOn && usable === -1 && (slice.partial || slice.rows.length > 0);
    this.#skipUnusable();
  }

  /**
   * Reads rows that go on from the last ones. Where all calls of the search did not find the row of a client's cursor, the pages
   * that were read have to do: a search that found nothing would never get on.
   */
  async #readSlice(rows: number, bounds: SliceBounds): Promise<Slice<Row>> {
    const extent = { rows, from: this.#from, isPartEnough: true };
    const isOfClient = this.#slice === undefined && this.#bounds.base !== undefined && !this.hasMoved;
    try {
      return await new AlignedList(this.#reader, new SearchBudget()).slice(extent, bounds);
    } catch (error) {
      if (!(error instanceof CallBudgetSpent) || this.#slice !== undefined) throw error;
      const reached = error instanceof RealignmentCut ? error.boundary : undefined;
      if (reached !== undefined) this.#base = reached;
      else if (this.#end !== undefined) this.#base ??= { anchor: afterLastRow(this.#end), side: 'after' };
      if (reached !== undefined || !(error instanceof RealignmentCut) || !isOfClient) throw error;
      return new AlignedList(this.#reader, new SearchBudget(0)).slice(extent, bounds);
    }
  }

  /** The boundary after the last row of the slice. */
  #edge(): Boundary | undefined {
    const slice = this.#slice;
    if (slice === undefined) return this.#base;
    const anchor = this.taken;
    if (anchor === undefined || anchor === this.#base?.anchor) return this.#base;
    this.#reader.cursorMade(anchor, slice.answeredAt);
    return { anchor, side: this.#from === 'start' ? 'after' : 'before', knownSince: slice.answeredAt };
  }

  /** How many rows the next read takes: as many as one page has beside the base. */
  async #rowsToGrid(base: Boundary | undefined): Promise<number> {
    const size = this.#reader.maxPageSize;
    if (this.#from === 'start') {
      const start = base === undefined ? 0 : placeOf(base);
      // Unusable rows after the base are read again, beside a page of others.
      const read = this.#slice === undefined ? start : Math.max(start, endOf(this.#slice));
      return size - (read % size) + read - start;
    }
    if (base === undefined) this.#end = await this.#reader.total();
    const end = base === undefined ? (this.#end as number) : placeOf(base);
    if (end === 0) return size;
    const own = base === undefined ? end - 1 : end;
    const known = [own, end - 1].map(
      (row) => this.#reader.cached({ start: row, end: row + 1 })?.start ?? end,
    );
    const start = known.find((start) => start < end);
    const single = around({ start: own, end: own + 1 }, size, 'end');
    return Math.max(1, end - (start ?? (single === undefined ? 0 : rowsOf(single).start)));
  }

  /** Whether the next row, and so all that follow, are outside the times that are wanted. */
  get #isPast(): boolean {
    const { oldestSecond, newestSecond } = this.#bounds.times;
    const limit = this.#from === 'start' ? oldestSecond : newestSecond;
    const second = this.#rowAt(this.#taken)?.createdSecond ?? null;
    if (limit === undefined || second === null || !this.#isOrdered) return false;
    return this.#from === 'start' ? second < limit : second > limit;
  }

  #rowAt(taken: number): Row | undefined {
    const rows = this.#slice?.rows;
    return rows === undefined || taken >= rows.length ? undefined : rows[this.#indexOf(taken)];
  }

  #indexOf(taken: number): number {
    return this.#from === 'start' ? taken : (this.#slice?.rows.length ?? 0) - 1 - taken;
  }

  #skipUnusable(): void {
    const rows = this.#slice?.rows ?? [];
    while (this.#taken < rows.length && rows[this.#indexOf(this.#taken)] === undefined) this.#taken++;
  }
}
