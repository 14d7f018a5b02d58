import type { ListReaders } from '../paging/list-reader.ts';
import { type ConnectionArgs, type Extent, readExtent } from '../paging/window.ts';
import { JOB_TYPES, type JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';
import { listAll } from './list-all.ts';
import { type CursorArgument, type ListName, readCursor } from './list-cursor.ts';
import { type Listing, type ListingRequest, listOne } from './list-one.ts';

/** A connection that reads nothing until a field is asked for: rows cost their pages, which bring the total along. */
export class JobConnection {
  readonly #list: ListName;
  readonly #readers: ListReaders<JobType, VoiceJob>;
  readonly #request: ListingRequest & { readonly extent: Extent };
  #listing: Promise<Listing> | undefined;

  /** @throws BadInputError for arguments that are out of range, contradict each other, or are no cursors of this list */
  constructor(list: ListName, args: ConnectionArgs, readers: ListReaders<JobType, VoiceJob>) {
    this.#list = list;
    this.#readers = readers;
    const read = (argument: CursorArgument) => {
      const text = args[argument] ?? undefined;
      return text === undefined ? undefined : readCursor(list, argument, text);
    };
    this.#request = { extent: readExtent(args), after: read('after'), before: read('before') };
  }

  get edges(): Promise<Listing['edges']> {
    return this.#read().then(({ edges }) => edges);
  }

  /** Cursors are null on an empty page. @see https://relay.dev/graphql/connections.htm#sec-undefined.PageInfo */
  get pageInfo() {
    return this.#read().then(({ edges, hasNextPage, hasPreviousPage }) => {
      const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
      return { hasNextPage, hasPreviousPage, startCursor, endCursor };
    });
  }

  /** Waits a microtask for a field beside it to ask for rows, which bring the total along. */
  get totalCount(): Promise<number> {
    return Promise.resolve().then(async () => {
      if (this.#listing !== undefined) return (await this.#listing).total;
      const types = this.#list === 'All' ? JOB_TYPES : [this.#list];
      const totals = await Promise.all(types.map((type) => this.#readers.of(type).total()));
      return totals.reduce((sum, total) => sum + total, 0);
    });
  }

  #read(): Promise<Listing> {
    this.#listing ??=
      this.#list === 'All'
        ? listAll(this.#request, this.#readers)
        : listOne(this.#request, this.#readers.of(this.#list));
    return this.#listing;
  }
}
