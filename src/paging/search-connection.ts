import { setImmediate as nextTurn } from 'node:timers/promises';
import { CallBudget, CallBudgetSpent } from './call-budget.ts';
import { type Boundaries, type CursorArgument, type ListName, readCursor } from './list-cursor.ts';
import type { Edge } from './list-one.ts';
import type { ListReaders } from './list-reader.ts';
import type { TimeRange } from './list-walk.ts';
import type { ListRow } from './row-range.ts';
import { SearchWalk } from './search-walk.ts';
import { type ConnectionArgs, type Extent, readExtent } from './window.ts';

/** Which rows a search shows. */
export interface RowFilter<Row extends ListRow> extends TimeRange {
  /** Equal for filters that mean the same: {@link FILTER_DIGITS} hexadecimal digits. */
  readonly key: string;
  /** Whether no row can match, so that none needs to be read. @default false */
  readonly matchesNothing?: boolean;
  matches(row: Row): boolean;
}

/** One page of a search. */
export interface SearchPage<Row extends ListRow> {
  readonly edges: readonly Edge<Row>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  /** Matches in the whole list; null where it was not asked for, or not all of the list was looked at. */
  readonly matchCount: number | null;
  /** Rows looked at: from where the page begins to where the next one goes on, and what else was counted. */
  readonly scannedCount: number;
}

/** What is wanted of a search. */
interface SearchRequest<List extends string, Row extends ListRow> {
  readonly list: ListName<List>;
  readonly filter: RowFilter<Row>;
  readonly extent: Extent;
  readonly after: Boundaries<List> | undefined;
  readonly before: Boundaries<List> | undefined;
  /** The cursor that was given for the end from which the search comes. */
  readonly base: string | null;
  /** Upstream calls that the search may make. */
  readonly maxCalls: number;
}

/** Rows looked at between two times at which other requests get their turn. */
const ROWS_A_TURN = 2000;

/** Searches of each request, by what they ask for: equal ones are one. */
const connections = new WeakMap<object, Map<string, SearchConnection<string, ListRow>>>();

/**
 * A page of the rows of a list that match a filter. Reads nothing until a field is asked for. Asking for `matchCount` lets the
 * search go on to the end of the list, so all fields of one pass have to be asked for before it begins.
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
   * The search of a request; equal searches of one request are one.
   *
   * @param maxCalls upstream calls that it may make; at least one for each list, without which no search gets on
   * @throws BadInputError for arguments that are out of range, contradict each other, or are no cursors of this search
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
    // The types are those of the readers, of which the map is.
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
    // After the fields beside the first one, of which one may be the count.
    this.#page ??= Promise.resolve().then(() =>
      new Search(this.#readers, this.#request).page(this.#isCounted),
    );
    return this.#page;
  }
}

/** What was counted beyond one page. */
interface Counted {
  readonly matches: number;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

/** The page of a filter that nothing matches, which needs no row. */
const NO_MATCH: SearchPage<never> = {
  edges: [],
  hasNextPage: false,
  hasPreviousPage: false,
  startCursor: null,
  endCursor: null,
  matchCount: 0,
  scannedCount: 0,
};

/** One run of a search. */
class Search<List extends string, Row extends ListRow> {
  readonly #readers: ListReaders<List, Row>;
  readonly #request: SearchRequest<List, Row>;
  readonly #budget: CallBudget;
  readonly #listed: readonly List[];
  #looked = 0;
  #lookedAtRest = 0;

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
    let firstLooked: string | undefined;
    let matches = 0;
    /** Rows looked at up to where the page was full. */
    let lookedWhenFull: number | undefined = extent.rows === 0 ? 0 : undefined;
    let isWhole = false;
    try {
      for (;;) {
        await walk.fill();
        let row = walk.take();
        for (; row !== undefined; row = walk.take()) {
          this.#looked++;
          if (this.#looked === 1) firstLooked = walk.cursor();
          if (!filter.matches(row)) continue;
          matches++;
          if (lookedWhenFull !== undefined && !isCounted) break;
          if (edges.length < extent.rows) edges.push({ cursor: walk.cursor() as string, node: row });
          if (edges.length === extent.rows) lookedWhenFull ??= this.#looked;
        }
        isWhole = row === undefined && walk.isDone && !walk.isCutShort;
        if (walk.isDone || (lookedWhenFull !== undefined && !isCounted)) break;
        await this.#rest();
      }
    } catch (error) {
      if (!(error instanceof CallBudgetSpent)) throw error;
    }
    const counted = isCounted && isWhole ? await this.#countAll(matches) : undefined;
    const [behind, beyond] = isForwards ? [counted?.above, counted?.below] : [counted?.below, counted?.above];
    const isBehind = behind === undefined ? walk.hasBehind : behind > 0;
    const isBeyond = beyond === undefined ? walk.hasBeyond : beyond > 0;
    const isAhead = !isWhole || matches > edges.length || isBeyond;
    const isCut = !isWhole && lookedWhenFull === undefined;
    const shown = isForwards ? edges : edges.toReversed();
    const [near, far] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
    const [nearest, farthest] = isCut
      ? [near ?? firstLooked ?? null, walk.cursor() ?? walk.startCursor(base) ?? base]
      : [near, far];
    return {
      edges: shown,
      hasNextPage: isForwards ? isAhead : isBehind,
      hasPreviousPage: isForwards ? isBehind : isAhead,
      startCursor: isForwards ? nearest : farthest,
      endCursor: isForwards ? farthest : nearest,
      matchCount: counted?.matches ?? null,
      scannedCount: isCounted || isWhole ? this.#looked : (lookedWhenFull ?? this.#looked),
    };
  }

  /**
   * Matches of the whole list, and of its parts beyond the cursors where only one is given; undefined where the budget did not
   * allow to look at all of it.
   *
   * @param between matches between the cursors
   */
  async #countAll(between: number): Promise<Counted | undefined> {
    const { after, before } = this.#request;
    try {
      if (after !== undefined && before !== undefined) {
        // Cursors may cross, so that the parts beyond them overlap.
        this.#looked = 0;
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

  /** Counts the matches between two places of the list. @throws CallBudgetSpent where it cannot look at all rows */
  async #count(after: Boundaries<List> | undefined, before: Boundaries<List> | undefined): Promise<number> {
    const walk = this.#walk('start', after, before);
    let matches = 0;
    while (!walk.isDone) {
      await walk.fill();
      for (let row = walk.take(); row !== undefined; row = walk.take()) {
        this.#looked++;
        if (this.#request.filter.matches(row)) matches++;
      }
      await this.#rest();
    }
    if (walk.isCutShort) throw new CallBudgetSpent();
    return matches;
  }

  /** Lets other requests go on, where many rows were cached and nothing was waited for. */
  async #rest(): Promise<void> {
    if (this.#looked < this.#lookedAtRest + ROWS_A_TURN) return;
    this.#lookedAtRest = this.#looked;
    await nextTurn();
  }

  #walk(
    from: Extent['from'],
    base: Boundaries<List> | undefined,
    stop: Boundaries<List> | undefined,
  ): SearchWalk<List, Row> {
    const { list, filter } = this.#request;
    return new SearchWalk(list, filter, { from, base, stop }, this.#listed, this.#readers, this.#budget);
  }
}
