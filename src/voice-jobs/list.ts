import { type ConnectionPage, connectionPage } from '../paging/connection.ts';
import { cover } from '../paging/cover.ts';
import type { Cursor } from '../paging/cursor.ts';
import {
  type ConnectionArgs,
  type Extent,
  needsTotal,
  readExtent,
  type Window,
  windowOf,
} from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';
import type { JobPage, VoiceJobLoaders } from './loaders.ts';
import { cursorOf, readCursor } from './places.ts';

/** Reads of a window before a list that changes all the while is taken as it is. */
const MAX_READS = 3;

/** The rows of a window, and how long the list was when they were read. */
interface Rows {
  readonly window: Window;
  readonly total: number;
  /** One entry for each offset of the window. */
  readonly jobs: readonly (VoiceJob | undefined)[];
}

/**
 * A connection that reads nothing until one of its fields is asked for: rows cost the pages that hold them, and the
 * total comes with them, or for the smallest page when it is asked for alone.
 */
export class VoiceJobConnection {
  readonly #type: JobType;
  readonly #loaders: VoiceJobLoaders;
  readonly #extent: Extent;
  readonly #after: Cursor | undefined;
  readonly #before: Cursor | undefined;
  #rows: Promise<Rows> | undefined;
  #page: Promise<ConnectionPage<VoiceJob>> | undefined;

  /** @throws BadInputError for arguments that are out of range, contradict each other, or are no cursors of this list */
  constructor(type: JobType, args: ConnectionArgs, loaders: VoiceJobLoaders) {
    this.#type = type;
    this.#loaders = loaders;
    this.#extent = readExtent(args);
    this.#after = readCursor(type, 'after', args);
    this.#before = readCursor(type, 'before', args);
  }

  get edges(): Promise<ConnectionPage<VoiceJob>['edges']> {
    return this.#readPage().then(({ edges }) => edges);
  }

  get pageInfo(): Promise<ConnectionPage<VoiceJob>['pageInfo']> {
    return this.#readPage().then(({ pageInfo }) => pageInfo);
  }

  /** Waits a moment for a field beside it to ask for rows, which bring the total along. */
  get totalCount(): Promise<number> {
    return Promise.resolve().then(async () => {
      if (this.#rows === undefined) return this.#loaders.total(this.#type);
      return (await this.#rows).total;
    });
  }

  #readPage(): Promise<ConnectionPage<VoiceJob>> {
    this.#page ??= this.#readRows().then(({ jobs, window, total }) =>
      connectionPage(jobs, window, total, (job, offset) => cursorOf(this.#type, job, offset, total)),
    );
    return this.#page;
  }

  #readRows(): Promise<Rows> {
    this.#rows ??= this.#read();
    return this.#rows;
  }

  async #read(): Promise<Rows> {
    const bounds = { after: this.#after?.offset, before: this.#before?.offset };
    const windowIn = (total: number) => windowOf(this.#extent, bounds, total);
    // A cursor tells how long the list was: good enough to know which pages to ask for, and the pages tell the truth.
    let total = this.#after?.total ?? this.#before?.total;
    if (total === undefined && needsTotal(this.#extent, bounds))
      total = await this.#loaders.total(this.#type);
    for (let reads = 1; ; reads++) {
      const asked = windowIn(total ?? Number.POSITIVE_INFINITY);
      const pages = await this.#readPages(asked);
      total = pages.at(-1)?.total ?? (await this.#loaders.total(this.#type));
      const window = windowIn(total);
      const seen = window.start >= asked.start && window.end <= asked.end;
      if (seen || window.start === window.end || reads === MAX_READS)
        return { window, total, jobs: cut(pages, window) };
    }
  }

  #readPages(window: Window): Promise<JobPage[]> {
    return Promise.all(cover(window).map((page) => this.#loaders.page(this.#type, page)));
  }
}

/** The rows at the offsets of the window, out of pages that need not be whole. */
function cut(pages: readonly JobPage[], window: Window): (VoiceJob | undefined)[] {
  const jobs: (VoiceJob | undefined)[] = [];
  for (let offset = window.start; offset < window.end; offset++) {
    const page = pages.find(({ start, rows }) => offset >= start && offset < start + rows.length);
    jobs.push(page?.rows[offset - page.start]);
  }
  return jobs;
}
