import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { CallBudget, CallBudgetSpent } from './call-budget.ts';
import { type Boundaries, type CursorArgument, type ListName, readCursor } from './list-cursor.ts';
import type { Edge } from './list-one.ts';
import type { ListReaders } from './list-reader.ts';
import type { TimeRange } from './list-walk.ts';
import type { ListRow } from './row-range.ts';
import { SearchWalk } from './search-walk.ts';
import { type ConnectionArgs, type Extent, readExtent } from './window.ts';

/** Filter of a search. Its time range limits the rows that can match. */
export interface RowFilter<Row extends ListRow> extends TimeRange {
  /** Hash of the filter, equal for equivalent filters: {@link FILTER_DIGITS} hexadecimal digits. */
  readonly key: string;
  /** Whether no row can match, so that nothing is read. @default false */
  readonly matchesNothing?: boolean;
  matches(row: Row): boolean;
}

/** A page of matches. */
export interface SearchPage<Row extends ListRow> {
  readonly edges: readonly Edge<Row>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  /** Number of matches in the whole list; null if it was not requested, or not all rows were scanned. */
  readonly matchCount: number | null;
  /** Number of rows scanned for this page, and for the count if requested. */
  readonly scannedCount: number;
}

/** A search to run. */
interface SearchRequest<List extends string, Row extends ListRow> {
  readonly list: ListName<List>;
  readonly filter: RowFilter<Row>;
  readonly extent: Extent;
  readonly after: Boundaries<List> | undefined;
  readonly before: Boundaries<List> | undefined;
  /** Cursor at which the search starts; null for an edge of the list. */
  readonly base: string | null;
  /** Call budget of the search. */
  readonly maxCalls: number;
}

/** Maximum number of rows scanned without yielding to the event loop. */
const ROWS_PER_TICK = 2000;

/** The searches of each request, by their arguments, so that equal ones run once. */
const connections = new WeakMap<object, Map<string, SearchConnection<string, ListRow>>>();

/**
 * A Relay connection over the rows of a list that match a filter. Reads nothing until a field is requested. `matchCount` makes the search
 * continue to the end of the list, so the search starts only after all fields of the same tick were requested.
 */
export class SearchConnection<List extends string, Row extends ListRow> {
  readonly #readers: ListReaders<List, Row>;
  readonly #request: SearchRequest<List, Row>;
  #isCounted = false;
  #page: Promise<SearchPage<Row>> | undefined;

  private constructor(readers: ListReaders<List, Row>, request: SearchRequest<List, Row>) {
    this.#readers = readers;
    this.#request = request;
  }

  /**
   * Returns the search with these arguments; equal searches of one request share one.
   *
   * @param maxCalls call budget; raised to one call for each list, without which a search makes no progress
   * @throws BadInputError for arguments that are out of range or contradict each other, and for cursors of another search
   */
  static of<List extends string, Row extends ListRow>(
    list: ListName<List>,
    filter: RowFilter<Row>,
    args: ConnectionArgs,
    readers: ListReaders<List, Row>,
    maxCalls: number,
  ): SearchConnection<List, Row> {
    const { definition } = readers.source;
    const extent = readExtent(args);
    const read = (argument: CursorArgument) => {
      const text = args[argument] ?? undefined;
      return text === undefined ? undefined : readCursor(definition, list, argument, text, filter.key);
    };
    const [after, before] = [read('after'), read('before')];
    const key = [filter.key, list, extent.from, extent.rows, args.after ?? '', args.before ?? ''].join(' ');
    let known = connections.get(readers);
    if (known === undefined) {
      known = new Map();
      connections.set(readers, known);
    }
    // The map belongs to the readers, so its connections have their types.
    let connection = known.get(key) as SearchConnection<List, Row> | undefined;
    if (connection === undefined) {
      const base = (extent.from === 'start' ? args.after : args.before) ?? null;
      connection = new SearchConnection(readers, { list, filter, extent, after, before, base, maxCalls });
      known.set(key, connection as unknown as SearchConnection<string, ListRow>);
    }
    return connection;
  }

  get edges(): Promise<SearchPage<Row>['edges']> {
    return this.#search().then(({ edges }) => edges);
  }

  get pageInfo() {
    return this.#search().then(({ hasNextPage, hasPreviousPage, startCursor, endCursor }) => {
      return { hasNextPage, hasPreviousPage, startCursor, endCursor };
    });
  }

  get matchCount(): Promise<number | null> {
    this.#isCounted = true;
    return this.#search().then(({ matchCount }) => matchCount);
  }

  get scannedCount(): Promise<number> {
    return this.#search().then(({ scannedCount }) => scannedCount);
  }

  #search(): Promise<SearchPage<Row>> {
    // Waits for the fields requested in the same tick, one of which may be the count.
    this.#page ??= Promise.resolve().then(() =>
      new Search(this.#readers, this.#request).page(this.#isCounted),
    );
    return this.#page;
  }
}

/** Number of matches in the whole list. `above` and `below`: those beyond the cursor, if one was given. */
interface Counted {
  readonly matches: number;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

/** The page of a filter that matches nothing. */
const NO_MATCH: SearchPage<never> = {
  edges: [],
  hasNextPage: false,
  hasPreviousPage: false,
  startCursor: null,
  endCursor: null,
  matchCount: 0,
  scannedCount: 0,
};

/** A running search. */
class Search<List extends string, Row extends ListRow> {
  readonly #readers: ListReaders<List, Row>;
  readonly #request: SearchRequest<List, Row>;
  readonly #budget: CallBudget;
  readonly #listed: readonly List[];
  /** Number of rows scanned, now and when the search last yielded to the event loop. */
  #scanned = 0;
  #scannedAtYield = 0;

  constructor(readers: ListReaders<List, Row>, request: SearchRequest<List, Row>) {
    const { definition } = readers.source;
    this.#readers = readers;
    this.#request = request;
    this.#listed = request.list === 'All' ? definition.lists : [request.list];
    this.#budget = new CallBudget(request.maxCalls, this.#listed, definition.order === 'newest first');
  }

  async page(isCounted: boolean): Promise<SearchPage<Row>> {
    const { filter, extent, after, before, base } = this.#request;
    if (filter.matchesNothing) return NO_MATCH;
    const isForwards = extent.from === 'start';
    const walk = this.#walk(extent.from, isForwards ? after : before, isForwards ? before : after);
    const edges: Edge<Row>[] = [];
    let firstScanned: string | undefined;
    let matches = 0;
    /** Number of rows scanned when the page became full. */
    let scannedWhenFull: number | undefined = extent.rows === 0 ? 0 : undefined;
    let isWhole = false;
    try {
      for (;;) {
        await walk.fill();
        let row = walk.take();
        for (; row !== undefined; row = walk.take()) {
          this.#scanned++;
          if (this.#scanned === 1) firstScanned = walk.cursor();
          if (!filter.matches(row)) continue;
          matches++;
          if (scannedWhenFull !== undefined && !isCounted) break;
          if (edges.length < extent.rows) edges.push({ cursor: walk.cursor() as string, node: row });
          if (edges.length === extent.rows) scannedWhenFull ??= this.#scanned;
        }
        isWhole = row === undefined && walk.isDone && !walk.isCutShort;
        if (walk.isDone || (scannedWhenFull !== undefined && !isCounted)) break;
        await this.#yield();
      }
    } catch (error) {
      if (!(error instanceof CallBudgetSpent)) throw error;
    }
    const counted = isCounted && isWhole ? await this.#countAll(matches) : undefined;
    const [behind, beyond] = isForwards ? [counted?.above, counted?.below] : [counted?.below, counted?.above];
    const isBehind = behind === undefined ? walk.hasBehind : behind > 0;
    const isBeyond = beyond === undefined ? walk.hasBeyond : beyond > 0;
    const isAhead = !isWhole || matches > edges.length || isBeyond;
    const isCut = !isWhole && scannedWhenFull === undefined;
    const shown = isForwards ? edges : edges.toReversed();
    const [near, far] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
    const [nearest, farthest] = isCut
      ? [near ?? firstScanned ?? null, walk.cursor() ?? walk.startCursor(base) ?? base]
      : [near, far];
    return {
      edges: shown,
      hasNextPage: isForwards ? isAhead : isBehind,
      hasPreviousPage: isForwards ? isBehind : isAhead,
      startCursor: isForwards ? nearest : farthest,
      endCursor: isForwards ? farthest : nearest,
      matchCount: counted?.matches ?? null,
      scannedCount: isCounted || isWhole ? this.#scanned : (scannedWhenFull ?? this.#scanned),
    };
  }

  /**
   * Counts the matches of the whole list; undefined if the budget does not suffice.
   *
   * @param between number of matches between the cursors
   */
  async #countAll(between: number): Promise<Counted | undefined> {
    const { after, before } = this.#request;
    try {
      if (after !== undefined && before !== undefined) {
        // Counts the whole list again, because the cursors may cross, so that the parts beyond them overlap.
        this.#scanned = 0;
        return { matches: await this.#count(undefined, undefined) };
      }
      const above = after && (await this.#count(undefined, after));
      const below = before && (await this.#count(before, undefined));
      return { matches: between + (above ?? 0) + (below ?? 0), above, below };
    } catch (error) {
      if (error instanceof CallBudgetSpent) return undefined;
      throw error;
    }
  }

  /** Counts the matches of the whole list, or of all before or after one cursor. @throws CallBudgetSpent if not all rows can be read */
  async #count(after: Boundaries<List> | undefined, before: Boundaries<List> | undefined): Promise<number> {
    const cursor = after ?? before;
    const isMerged = this.#readers.source.definition.order === 'newest first';
    // A list without a boundary has its rows on the other side of the cursor, because the cursor is at the edge of this list.
    const listed =
      cursor !== undefined && isMerged ? this.#listed.filter((list) => cursor.has(list)) : this.#listed;
    const walk = this.#walk('start', after, before, listed);
    let matches = 0;
    while (!walk.isDone) {
      await walk.fill();
      for (let row = walk.take(); row !== undefined; row = walk.take()) {
        this.#scanned++;
        if (this.#request.filter.matches(row)) matches++;
      }
      await this.#yield();
    }
    if (walk.isCutShort) throw new CallBudgetSpent();
    return matches;
  }

  /** Yields to the event loop after many rows, because a scan of cached pages never waits. */
  async #yield(): Promise<void> {
    if (this.#scanned < this.#scannedAtYield + ROWS_PER_TICK) return;
    this.#scannedAtYield = this.#scanned;
    await yieldToEventLoop();
  }

  #walk(
    from: Extent['from'],
    base: Boundaries<List> | undefined,
    stop: Boundaries<List> | undefined,
    listed = this.#listed,
  ): SearchWalk<List, Row> {
    const { list, filter } = this.#request;
    return new SearchWalk(list, filter, { from, base, stop }, listed, this.#readers, this.#budget);
  }
}
