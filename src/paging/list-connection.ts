import { listAll } from './list-all.ts';
import { type CursorArgument, type ListName, readCursor } from './list-cursor.ts';
import { type Listing, type ListingRequest, listInTurn, listOne } from './list-one.ts';
import type { ListReaders } from './list-reader.ts';
import type { ListRow } from './row-range.ts';
import { type ConnectionArgs, readExtent } from './window.ts';

/** A Relay connection. Reads nothing until a field is requested; the pages of its rows include the total. */
export class ListConnection<List extends string, Row extends ListRow> {
  readonly #list: ListName<List>;
  readonly #readers: ListReaders<List, Row>;
  readonly #request: ListingRequest<List>;
  #listing: Promise<Listing<List, Row>> | undefined;

  /**
   * @param maxRows maximum of `first` and `last`
   * @throws BadInputError for arguments that are out of range or contradict each other, and for cursors of another list
   */
  constructor(list: ListName<List>, args: ConnectionArgs, readers: ListReaders<List, Row>, maxRows?: number) {
    this.#list = list;
    this.#readers = readers;
    const read = (argument: CursorArgument) => {
      const text = args[argument] ?? undefined;
      return text === undefined ? undefined : readCursor(readers.source.definition, list, argument, text);
    };
    this.#request = { extent: readExtent(args, maxRows), after: read('after'), before: read('before') };
  }

  get edges(): Promise<Listing<List, Row>['edges']> {
    return this.#read().then(({ edges }) => edges);
  }

  /** Cursors are null on an empty page. @see https://relay.dev/graphql/connections.htm#sec-undefined.PageInfo */
  get pageInfo() {
    return this.#read().then(({ edges, hasNextPage, hasPreviousPage }) => {
      const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
      return { hasNextPage, hasPreviousPage, startCursor, endCursor };
    });
  }

  /** Waits a microtask, so that a field for the rows can start the read that includes the total. */
  get totalCount(): Promise<number> {
    return Promise.resolve().then(async () => {
      const list = this.#list;
      const listing = await this.#listing;
      const totalOf = (one: List) => listing?.totalOf(one) ?? this.#readers.of(one).total();
      if (list !== 'All') return totalOf(list);
      const totals = await Promise.all(this.#readers.source.definition.lists.map(totalOf));
      return totals.reduce((sum, total) => sum + total, 0);
    });
  }

  #read(): Promise<Listing<List, Row>> {
    this.#listing ??= this.#readers.track(this.#begin());
    return this.#listing;
  }

  #begin(): Promise<Listing<List, Row>> {
    if (this.#list !== 'All') return listOne(this.#request, this.#readers.of(this.#list));
    const isMerged = this.#readers.source.definition.order === 'newest first';
    return (isMerged ? listAll : listInTurn)(this.#request, this.#readers);
  }
}
