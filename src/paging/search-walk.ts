import type { CallBudget } from './call-budget.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { type Boundaries, cursorInSearch, type ListName } from './list-cursor.ts';
import type { ListReaders } from './list-reader.ts';
import { ListWalk, type TimeRange } from './list-walk.ts';
import type { ListDefinition } from './page-source.ts';
import type { ListRow } from './row-range.ts';
import type { Extent } from './window.ts';

/** The way of a walk: from which end, between which places of each list. */
export interface Way<List extends string> {
  readonly from: Extent['from'];
  readonly base: Boundaries<List> | undefined;
  readonly stop: Boundaries<List> | undefined;
}

/** Walks one list, or all of a family as one: merged by time where they are newest first, else one after the other. */
export class SearchWalk<List extends string, Row extends ListRow> {
  readonly #list: ListName<List>;
  readonly #filter: string;
  readonly #from: Extent['from'];
  readonly #isMerged: boolean;
  readonly #definition: ListDefinition<List, Row>;
  readonly #calls: CallBudget;
  /** In the order of the definition. */
  readonly #walks: readonly ListWalk<List, Row>[];
  /** The walk whose row was taken last. */
  #last: ListWalk<List, Row> | undefined;
  readonly #hasListsBehind: boolean;
  readonly #hasListsBeyond: boolean;

  /**
   * @param listed lists that the client's list is made of
   * @param calls pays for what is read
   */
  constructor(
    list: ListName<List>,
    { key, newestSecond, oldestSecond }: TimeRange & { readonly key: string },
    { from, base, stop }: Way<List>,
    listed: readonly List[],
    readers: ListReaders<List, Row>,
    calls: CallBudget,
  ) {
    this.#list = list;
    this.#filter = key;
    this.#from = from;
    const times = { newestSecond, oldestSecond };
    const placeIn = (boundaries: Boundaries<List> | undefined, otherwise: number) =>
      boundaries === undefined ? otherwise : listed.findIndex((one) => boundaries.has(one));
    const walks = listed.map((one) => {
      const bounds = { base: base?.get(one), stop: stop?.get(one), times };
      return new ListWalk(readers.within(one, calls.of(one)), readers.within(one, calls), from, bounds);
    });
    this.#calls = calls;
    this.#definition = readers.source.definition;
    this.#isMerged = this.#definition.order === 'newest first';
    const [first, last] = this.#isMerged
      ? [0, listed.length - 1]
      : from === 'start'
        ? [placeIn(base, 0), placeIn(stop, listed.length - 1)]
        : [placeIn(stop, 0), placeIn(base, listed.length - 1)];
    this.#walks = walks.slice(first, last + 1);
    const [above, below] = [first > 0, last < listed.length - 1];
    this.#hasListsBehind = from === 'start' ? above : below;
    this.#hasListsBeyond = from === 'start' ? below : above;
  }

  get isDone(): boolean {
    return this.#walks.every(({ isDone }) => isDone);
  }

  /** Whether it ended where the list could not be read on, although the list goes on. */
  get isCutShort(): boolean {
    return this.#walks.some(({ isCutShort }) => isCutShort);
  }

  /** Whether there are rows from which the walk comes, of which it says nothing. */
  get hasBehind(): boolean {
    return this.#hasListsBehind || this.#walks.some(({ hasBehind }) => hasBehind);
  }

  /** Whether there are rows beyond the end of the walk. */
  get hasBeyond(): boolean {
    return this.#hasListsBeyond || this.#walks.some(({ hasBeyond }) => hasBeyond);
  }

  /** Reads what {@link take} needs. @throws UpstreamError @throws CallBudgetSpent */
  async fill(): Promise<void> {
    const needed = this.#isMerged ? this.#walks : this.#inTurn.slice(0, 1);
    // Nothing may be read any more once the search goes on.
    const read = await Promise.allSettled(needed.map((walk) => walk.fill()));
    for (const one of read) if (one.status === 'rejected') throw one.reason;
    for (const { list } of needed) this.#calls.of(list).release();
  }

  /** The next row; undefined when a page has to be read first, or when there is none. */
  take(): Row | undefined {
    const walk = this.#isMerged ? this.#newest() : this.#inTurn[0];
    const row = walk?.next;
    if (walk === undefined || row === undefined) return undefined;
    walk.take();
    this.#last = walk;
    return row;
  }

  /** The cursor of the row that was taken last; undefined where there is none. */
  cursor(): string | undefined {
    const own = this.#last;
    const anchor = own?.taken;
    if (own === undefined || anchor === undefined) return undefined;
    const walks = this.#list === 'All' && this.#isMerged ? this.#walks : [own];
    const anchors = walks.map((walk) => {
      const made = walk === own ? anchor : walk.above(anchor.createdAt);
      walk.cursorMade(made);
      return made;
    });
    return cursorInSearch(this.#definition, this.#list, own.list, anchors, this.#filter);
  }

  /**
   * The cursor of a walk that was cut short before it took a row, from which the next one goes on: what was found out of the
   * place where it begins is not lost. Undefined where nothing was.
   *
   * @param base the cursor from which this walk began, if it did not begin at an edge
   */
  startCursor(base: string | null): string | undefined {
    if (!this.#isMerged || !this.#walks.some(({ hasMoved }) => hasMoved)) return undefined;
    const anchors = this.#walks.map(({ startAnchor }) => startAnchor);
    const [first] = this.#walks;
    if (base !== null) return encodeCursor({ ...decodeCursor(base), anchors });
    return cursorInSearch(
      this.#definition,
      this.#list,
      (first as ListWalk<List, Row>).list,
      anchors,
      this.#filter,
    );
  }

  /** The lists that have rows left, the next one first. */
  get #inTurn(): readonly ListWalk<List, Row>[] {
    const left = this.#walks.filter(({ isDone }) => !isDone);
    return this.#from === 'start' ? left : left.toReversed();
  }

  /** The list whose row comes next; undefined where one has to be read first. A row of an earlier list comes first unless the other is known to be newer. */
  #newest(): ListWalk<List, Row> | undefined {
    let best: ListWalk<List, Row> | undefined;
    for (const walk of this.#walks) {
      const { next } = walk;
      if (next === undefined) {
        if (!walk.isDone) return undefined;
        continue;
      }
      const [time, otherTime] = [best?.next?.createdSecond ?? null, next.createdSecond];
      const isFirst = time === null || otherTime === null || time >= otherTime;
      if (best === undefined || isFirst !== (this.#from === 'start')) best = walk;
    }
    return best;
  }
}
