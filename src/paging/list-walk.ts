import { CallBudgetSpent } from './call-budget.ts';
import { around, rowsOf } from './cover.ts';
import type { Anchor } from './cursor.ts';
import type { ListReader } from './list-reader.ts';
import { locateSecond } from './locate-second.ts';
import { AlignedList, type SliceBounds } from './realign/aligned-list.ts';
import { afterLastRow, anchorAt, beforeFirstRow, shiftTo } from './realign/anchors.ts';
import { type Boundary, isBeforeFirstRow, offsetOf } from './realign/locate-boundary.ts';
import { RealignmentInterrupted } from './realign/realign.ts';
import { RealignBudget } from './realign/realign-budget.ts';
import { endOf, type ListRow, type Slice } from './row-range.ts';
import type { Extent } from './window.ts';

/** Range of creation times, in whole seconds since 1970, both inclusive; undefined for no limit. */
export interface TimeRange {
  readonly oldestSecond?: number | undefined;
  readonly newestSecond?: number | undefined;
}

/** Start and end of a walk. */
export interface WalkBounds {
  /** Boundary at which the walk starts; undefined for the edge of the list. */
  readonly base: Boundary | undefined;
  /** Boundary at which the walk ends; undefined for the other edge. */
  readonly stop: Boundary | undefined;
  /** Rows outside these times may be skipped. */
  readonly times: TimeRange;
}

const NO_TIME = { createdSecond: null };

/**
 * Walks a list row by row in either direction, in pages of the largest size, preferably on the grid. It keeps the guarantee of a walk by
 * cursors while the list changes: each read continues from the last row of the previous one, wherever that row is by then.
 */
export class ListWalk<List extends string, Row extends ListRow> {
  readonly list: List;
  readonly #reader: ListReader<List, Row>;
  readonly #timeReader: ListReader<List, Row>;
  readonly #from: Extent['from'];
  readonly #bounds: WalkBounds;
  #base: Boundary | undefined;
  #slice: Slice<Row> | undefined;
  #anchorAt: (index: number) => Anchor | undefined = () => undefined;
  /** Number of rows taken from the slice, including unusable ones. */
  #taken = 0;
  /** Whether all reads so far were newest first, so that the rows ahead are known to be older or newer. */
  #isOrdered: boolean;
  /** Length of the list; only set if the walk starts at its end. */
  #end: number | undefined;
  /** Whether the slice is the last one of the walk. */
  #isLast = false;
  #hasBegun = false;
  /** Whether all rows behind the start are known to be outside the time range. */
  #isBehindPast = false;
  /** Whether the list has rows behind the start of the walk that may match. */
  hasBehind = false;
  #goesOn = false;
  /** Whether the walk ended early, at a page without a usable row. */
  isCutShort = false;

  /** @param timeReader reader of the same list with a budget of its own, for the binary search of the time range */
  constructor(
    reader: ListReader<List, Row>,
    timeReader: ListReader<List, Row>,
    from: Extent['from'],
    bounds: WalkBounds,
  ) {
    this.#reader = reader;
    this.#timeReader = timeReader;
    this.list = reader.list;
    this.#from = from;
    this.#bounds = bounds;
    this.#base = bounds.base;
    this.#isOrdered = reader.hasTimes;
  }

  /** The next row; undefined if a page must be read first, or at the end of the walk. */
  get next(): Row | undefined {
    return this.#isPast ? undefined : this.#rowAt(this.#taken);
  }

  /** Whether the walk has no further row. */
  get isDone(): boolean {
    return this.#isPast || (this.#isLast && this.#rowAt(this.#taken) === undefined);
  }

  /** Whether the list has rows beyond the end of a finished walk that may match. */
  get hasBeyond(): boolean {
    return this.#goesOn && !this.#isPast;
  }

  /** Reads until there is a next row or the walk is done. @throws UpstreamError @throws CallBudgetSpent */
  async fill(): Promise<void> {
    if (!this.#hasBegun) {
      await this.#skipToTimeRange();
      this.#hasBegun = true;
    }
    while (!this.isDone && this.next === undefined) await this.#read();
  }

  /** Advances past the next row. */
  take(): void {
    this.#taken++;
    this.#skipUnusable();
  }

  /** Whether the walk knows more about its start than its cursor did, before a row was taken. */
  get hasMoved(): boolean {
    return this.#slice !== undefined || this.#base !== this.#bounds.base;
  }

  /** Anchor from which a later walk resumes this one, before a row was taken. */
  get startAnchor(): Anchor {
    const [base, slice] = [this.#base, this.#slice];
    if (base === undefined)
      return { ...beforeFirstRow({ start: 0, total: 0 }, NO_TIME), resumption: { side: this.#from } };
    if (slice === undefined)
      return { ...base.anchor, resumption: base.anchor.resumption ?? { side: base.side } };
    const offset = this.#from === 'start' ? slice.start : endOf(slice);
    return { ...shiftTo(base, offset, slice.total), resumption: { side: base.side } };
  }

  /** Anchor of the row taken last, or of the boundary at which the walk started; undefined at an edge of the list. */
  get taken(): Anchor | undefined {
    for (let passed = this.#taken - 1; passed >= 0; passed--) {
      const anchor = this.#anchorAt(this.#indexOf(passed));
      if (anchor !== undefined) return anchor;
    }
    return this.#base?.anchor;
  }

  /** Records that a cursor with this anchor was made. */
  cursorMade(anchor: Anchor): void {
    if (this.#slice !== undefined) this.#reader.cursorMade(anchor, this.#slice.answeredAt);
  }

  /** Anchor of the last row of this list above the row of another list that was just taken. @param second creation time of that row */
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

  /** Starts at the time range instead of the base, if there is a range and the list is newest first. Uses binary search. */
  async #skipToTimeRange(): Promise<void> {
    const { base, times } = this.#bounds;
    const isForwards = this.#from === 'start';
    const limit = isForwards ? times.newestSecond : times.oldestSecond;
    if (limit === undefined || !this.#reader.hasTimes) return;
    if (base !== undefined) {
      const { createdAt, ordered } = base.anchor;
      if (createdAt === null || !ordered || (isForwards ? createdAt <= limit : createdAt >= limit)) return;
    }
    const found = await locateSecond(this.#timeReader, isForwards ? limit + 1 : limit, {
      start: isForwards && base !== undefined ? offsetOf(base) : 0,
      end: isForwards || base === undefined ? undefined : offsetOf(base),
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
    this.#anchorAt = anchorAt(slice, this.#from, base, this.#reader);
    const hasRowsAbove = slice.start > 0;
    const hasRowsBelow = endOf(slice) < slice.listEnd;
    // Behind the edge of a list there are at most unusable rows.
    const mayBeBehind = isFirst && base !== undefined && !this.#isBehindPast;
    if (mayBeBehind) this.hasBehind = isForwards ? hasRowsAbove : hasRowsBelow;
    const edge = this.#anchorAt(slice.rows.findIndex(Boolean));
    this.#isOrdered &&= edge?.ordered === true;
    const goesOn = isForwards ? hasRowsBelow : hasRowsAbove;
    // Fewer rows than requested: the stop was reached. No usable row: there is no cursor to continue from.
    const isShort = slice.rows.length < rows && !slice.partial;
    this.#isLast = !goesOn || isShort || edge === undefined;
    this.#goesOn = goesOn;
    const isBlank = edge === undefined && (slice.partial || slice.rows.length > 0);
    this.isCutShort = goesOn && isBlank && !slice.endsAtStop;
    this.#skipUnusable();
  }

  /**
   * Reads the next rows. If the call budget ends during the re-alignment of the client's cursor, records how far it came, so that the next
   * search resumes there. If times give no bounds to resume from, falls back to the old offset, because the search would never progress.
   */
  async #readSlice(rows: number, bounds: SliceBounds): Promise<Slice<Row>> {
    const extent = { rows, from: this.#from, isPartEnough: true };
    const isAtClientCursor = this.#base !== undefined && this.#base === this.#bounds.base;
    try {
      return await new AlignedList(this.#reader, new RealignBudget()).slice(extent, bounds);
    } catch (error) {
      if (!(error instanceof CallBudgetSpent) || this.#slice !== undefined) throw error;
      const reached = error instanceof RealignmentInterrupted ? error.boundary : undefined;
      if (reached !== undefined) this.#base = reached;
      else if (this.#end !== undefined) this.#base ??= { anchor: afterLastRow(this.#end), side: 'after' };
      if (reached !== undefined || !(error instanceof RealignmentInterrupted) || !isAtClientCursor)
        throw error;
      return new AlignedList(this.#reader, new RealignBudget(0)).slice(extent, bounds);
    }
  }

  /** The boundary after the last row of the slice, in walk direction. */
  #edge(): Boundary | undefined {
    const slice = this.#slice;
    if (slice === undefined) return this.#base;
    // Slices without a usable row, and so without an anchor, are the last.
    const anchor = this.taken as Anchor;
    return { anchor, side: this.#from === 'start' ? 'after' : 'before', knownSince: slice.answeredAt };
  }

  /** Number of rows of the next read: up to the grid line forwards, up to the edge of the best page backwards. */
  async #rowsToGrid(base: Boundary | undefined): Promise<number> {
    const size = this.#reader.maxPageSize;
    if (this.#from === 'start') {
      const start = base === undefined ? 0 : offsetOf(base);
      // Unusable rows after the base are read again, with the next page.
      const read = this.#slice === undefined ? start : Math.max(start, endOf(this.#slice));
      return size - (read % size) + read - start;
    }
    const end = base === undefined ? await this.#reader.total() : offsetOf(base);
    if (base === undefined) this.#end = end;
    if (end === 0) return size;
    const own = base === undefined ? end - 1 : end;
    const known = [own, end - 1].map(
      (row) => this.#reader.cached({ start: row, end: row + 1 })?.start ?? end,
    );
    const start = known.find((start) => start < end);
    const single = around({ start: own, end: own + 1 }, size, 'end');
    return Math.max(1, end - (start ?? (single === undefined ? 0 : rowsOf(single).start)));
  }

  /** Whether the next row, and therefore every later row, is outside the time range. */
  get #isPast(): boolean {
    const { oldestSecond, newestSecond } = this.#bounds.times;
    const second = this.#rowAt(this.#taken)?.createdSecond ?? null;
    if (second === null || !this.#isOrdered) return false;
    return this.#from === 'start'
      ? second < (oldestSecond ?? Number.NEGATIVE_INFINITY)
      : second > (newestSecond ?? Number.POSITIVE_INFINITY);
  }

  #rowAt(taken: number): Row | undefined {
    return this.#slice?.rows[this.#indexOf(taken)];
  }

  #indexOf(taken: number): number {
    return this.#from === 'start' ? taken : this.#length - 1 - taken;
  }

  /** Number of rows of the slice, including unusable ones. */
  get #length(): number {
    return this.#slice?.rows.length ?? 0;
  }

  #skipUnusable(): void {
    while (this.#taken < this.#length && this.#rowAt(this.#taken) === undefined) this.#taken++;
  }
}
