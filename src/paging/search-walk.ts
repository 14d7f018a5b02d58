import type { CallBudget } from './call-budget.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { type Boundaries, cursorInSearch, type ListName } from './list-cursor.ts';
import type { ListReaders } from './list-reader.ts';
import { ListWalk, type TimeRange } from './list-walk.ts';
import type { ListDefinition } from './page-source.ts';
import { type ListRow, precedes } from './row-range.ts';
import type { Extent } from './window.ts';

/** Direction, start and end of a search. */
export interface SearchBounds<List extends string> {
  readonly from: Extent['from'];
  /** Boundaries of the cursor at which the search starts; undefined for the edge of the list. */
  readonly base: Boundaries<List> | undefined;
  /** Boundaries of the cursor at which it ends; undefined for the other edge. */
  readonly stop: Boundaries<List> | undefined;
}

/** Walks one list, or all lists of a family as one: merged by creation time if they are newest first, otherwise concatenated. */
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
   * @param listed upstream lists of the client's list
   * @param calls call budget of the search
   */
  constructor(
    list: ListName<List>,
    { key, newestSecond, oldestSecond }: TimeRange & { readonly key: string },
    { from, base, stop }: SearchBounds<List>,
    listed: readonly List[],
    readers: ListReaders<List, Row>,
    calls: CallBudget,
  ) {
    this.#list = list;
    this.#filter = key;
    this.#from = from;
    const times = { newestSecond, oldestSecond };
    const indexOf = (boundaries: Boundaries<List> | undefined, otherwise: number) =>
      boundaries === undefined ? otherwise : listed.findIndex((one) => boundaries.has(one));
    const walks = listed.map((one) => {
      const bounds = { base: base?.get(one), stop: stop?.get(one), times };
      return new ListWalk(
        readers.withBudget(one, calls.of(one)),
        readers.withBudget(one, calls),
        from,
        bounds,
      );
    });
    this.#calls = calls;
    this.#definition = readers.source.definition;
    this.#isMerged = this.#definition.order === 'newest first';
    const [first, last] = this.#isMerged
      ? [0, listed.length - 1]
      : from === 'start'
        ? [indexOf(base, 0), indexOf(stop, listed.length - 1)]
        : [indexOf(stop, 0), indexOf(base, listed.length - 1)];
    this.#walks = walks.slice(first, last + 1);
    const [above, below] = [first > 0, last < listed.length - 1];
    this.#hasListsBehind = from === 'start' ? above : below;
    this.#hasListsBeyond = from === 'start' ? below : above;
  }

  get isDone(): boolean {
    return this.#walks.every(({ isDone }) => isDone);
  }

  /** Whether the walk ended early, see {@link ListWalk.isCutShort}. */
  get isCutShort(): boolean {
    return this.#walks.some(({ isCutShort }) => isCutShort);
  }

  /** Whether there are rows behind the start of the walk that may match. */
  get hasBehind(): boolean {
    return this.#hasListsBehind || this.#walks.some(({ hasBehind }) => hasBehind);
  }

  /** Whether there are rows beyond the end of the walk that may match. */
  get hasBeyond(): boolean {
    return this.#hasListsBeyond || this.#walks.some(({ hasBeyond }) => hasBeyond);
  }

  /** Reads the pages that {@link take} needs. @throws UpstreamError @throws CallBudgetSpent */
  async fill(): Promise<void> {
    const needed = this.#isMerged ? this.#walks : this.#unfinished.slice(0, 1);
    // Waits for every read, because none may be in flight when the search continues.
    const read = await Promise.allSettled(needed.map((walk) => walk.fill()));
    for (const one of read) if (one.status === 'rejected') throw one.reason;
    for (const { list } of needed) this.#calls.of(list).release();
  }

  /** Takes the next row; undefined if a page must be read first, or at the end of the walk. */
  take(): Row | undefined {
    const walk = this.#isMerged ? this.#newest() : this.#unfinished[0];
    const row = walk?.next;
    if (walk === undefined || row === undefined) return undefined;
    walk.take();
    this.#last = walk;
    return row;
  }

  /** Cursor of the row taken last; undefined before the first. */
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
   * Cursor from which the next search resumes a walk that spent its budget before its first row, with everything that was found out about
   * its start. Undefined if nothing was.
   *
   * @param base cursor at which this walk started; null for an edge of the list
   */
  startCursor(base: string | null): string | undefined {
    const started = this.#isMerged ? this.#walks : this.#firstWalk;
    if (!started.some(({ hasMoved }) => hasMoved)) return undefined;
    const anchors = started.map(({ startAnchor }) => startAnchor);
    if (base !== null) return encodeCursor({ ...decodeCursor(base), anchors });
    if (!this.#isMerged) return undefined;
    const [{ list }] = started as [ListWalk<List, Row>];
    return cursorInSearch(this.#definition, this.#list, list, anchors, this.#filter);
  }

  /** The walk of the concatenated list in which the walk starts. */
  get #firstWalk(): readonly ListWalk<List, Row>[] {
    return this.#from === 'start' ? this.#walks.slice(0, 1) : this.#walks.slice(-1);
  }

  /** The unfinished walks, in the order of concatenation and direction. */
  get #unfinished(): readonly ListWalk<List, Row>[] {
    const unfinished = this.#walks.filter(({ isDone }) => !isDone);
    return this.#from === 'start' ? unfinished : unfinished.toReversed();
  }

  /**
   * The list whose row is next in the merge, see {@link precedes}; undefined if a list must be read first.
   */
  #newest(): ListWalk<List, Row> | undefined {
    let best: ListWalk<List, Row> | undefined;
    for (const walk of this.#walks) {
      const { next } = walk;
      if (next === undefined) {
        if (!walk.isDone) return undefined;
        continue;
      }
      if (best?.next === undefined || precedes(best.next, next) !== (this.#from === 'start')) best = walk;
    }
    return best;
  }
}
