import type { Anchor } from './cursor.ts';
import { type Boundaries, cursorInSearch, type ListName } from './list-cursor.ts';
import type { ListReader } from './list-reader.ts';
import { ListWalk, type TimeRange } from './list-walk.ts';
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
  readonly #definition: ListReader<List, Row>['definition'];
  /** In the order of the definition. */
  readonly #walks: readonly ListWalk<List, Row>[];
  /** The walk whose row was taken last. */
  #last: ListWalk<List, Row> | undefined;
  readonly #hasListsBehind: boolean;
  readonly #hasListsBeyond: boolean;

  /**
   * @param listed lists that the client's list is made of
   * @param readerOf reads a list
   */
  constructor(
    list: ListName<List>,
    { key, newestSecond, oldestSecond }: TimeRange & { readonly key: string },
    { from, base, stop }: Way<List>,
    listed: readonly List[],
    readerOf: (list: List) => ListReader<List, Row>,
  ) {
    this.#list = list;
    this.#filter = key;
    this.#from = from;
    const times = { newestSecond, oldestSecond };
    const placeIn = (boundaries: Boundaries<List> | undefined, otherwise: number) =>
      boundaries === undefined ? otherwise : listed.findIndex((one) => boundaries.has(one));
    const readers = listed.map(readerOf);
    const walks = readers.map(
      (reader) =>
        new ListWalk(reader, from, { base: base?.get(reader.list), stop: stop?.get(reader.list), times }),
    );
    this.#definition = (readers[0] as ListReader<List, Row>).definition;
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

  /**
   * The cursor of the row that was taken last; of the row from which the walk began where it found that itself; undefined where
   * there is neither.
   */
  cursor(): string | undefined {
    const own = this.#last ?? this.#walks.find(({ hasSought }) => hasSought);
    const anchor = own?.taken;
    if (own === undefined || anchor === undefined) return undefined;
    const anchors =
      this.#list === 'All' && this.#isMerged
        ? this.#walks.map((walk) => (walk === own ? anchor : walk.above(anchor.createdAt)))
        : [anchor];
    for (const [index, walk] of this.#walks.entries()) walk.cursorMade(anchors[index] as Anchor);
    return cursorInSearch(this.#definition, this.#list, own.list, anchors, this.#filter);
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
