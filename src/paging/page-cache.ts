import { MemoryStore, type Timed } from '../cache/memory-store.ts';
import { SingleFlight } from '../cache/single-flight.ts';
import { UpstreamError } from '../errors.ts';
import type { CacheResult, Observer } from '../observer.ts';
import { MAX_PAGE_SIZE, type PageRef, rowsOf } from '../paging/cover.ts';
import type { Anchor } from '../paging/cursor.ts';
import type { Window } from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import type { Caller } from './caller.ts';
import { CursorTimes } from './cursor-times.ts';
import type { VoiceJob } from './job.ts';
import { bytesOfJob, bytesOfSpan } from './sizes.ts';
import type { JobReader, JobSource, TimedJob, TimedTotal } from './source.ts';
import { holdsWindow, type Span } from './span.ts';
import { StaleReads } from './stale.ts';

/** How long what was read may be used, in milliseconds since it was asked for. */
export interface CacheTimes {
  readonly ttlMs: number;
  /** While the upstream fails. 0 means never. */
  readonly staleIfErrorMs: number;
}

const PAGES_BYTES = 32 * 1024 * 1024;
const JOBS_BYTES = 16 * 1024 * 1024;

/** A job that is done changes no more; it can only be deleted. */
export const DONE_TTL_FACTOR = 30;

/** Pages off the grid that are looked through for a window, for each list. */
const MAX_OFF_GRID = 32;

/**
 * Keeps what a source reads for a while and lets requests share it: at most one call a page at a time and in each
 * `ttlMs`, however many ask, unless they need one that is younger than what they hold.
 */
export class CachedSource implements JobSource {
  readonly observer: Observer;
  readonly isShared = true;
  readonly #source: JobReader;
  readonly #times: CacheTimes;
  readonly #pages = new MemoryStore<Span>({ maxBytes: PAGES_BYTES, bytesOf: bytesOfSpan });
  readonly #offGrid = new Map<JobType, Map<string, Window>>();
  readonly #jobs = new MemoryStore<TimedJob>({ maxBytes: JOBS_BYTES, bytesOf: ({ job }) => bytesOfJob(job) });
  readonly #totals = new Map<JobType, TimedTotal>();
  readonly #cursors = new CursorTimes();
  readonly #stale: StaleReads;
  readonly #pageFlights = new SingleFlight<Span>();
  readonly #jobFlights = new SingleFlight<TimedJob>();

  /** @param patienceMs how long the upstream may take before older rows are served, where they are at hand */
  constructor(source: JobReader, times: CacheTimes, patienceMs: number) {
    this.#source = source;
    this.observer = source.observer;
    this.#stale = new StaleReads(source.observer, patienceMs);
    this.#times = times;
  }

  async page(type: JobType, page: PageRef, since = Number.NEGATIVE_INFINITY, caller?: Caller): Promise<Span> {
    const key = keyOfPage(type, page);
    let span = within(this.#pages.get(key), this.#times.ttlMs);
    let result: CacheResult = 'hit';
    while (span === undefined || span.sentAt < since) {
      result = 'shared';
      // Whoever began the flight may have been content with an older page.
      const flight = this.#pageFlights.join(key, since, caller?.signal, (broken) => {
        result = 'miss';
        return this.#readPage(type, page, since, inPlaceOf(caller, broken));
      });
      this.observer.cacheRead('page', result);
      span = await flight;
    }
    if (result === 'hit') this.observer.cacheRead('page', result);
    return span;
  }

  heldSpan(type: JobType, window: Window): Span | undefined {
    return this.#spanOf(type, window, this.#times.ttlMs);
  }

  staleSpan(type: JobType, window: Window): Span | undefined {
    return this.#spanOf(type, window, this.#times.staleIfErrorMs);
  }

  staleTotal(type: JobType): TimedTotal | undefined {
    return within(this.#totals.get(type), this.#times.staleIfErrorMs);
  }

  orStale<Value>(key: string, stale: () => Value | undefined, read: () => Promise<Value>): Promise<Value> {
    return this.#stale.read(key, stale, read);
  }

  heldTotal(type: JobType): TimedTotal | undefined {
    return within(this.#totals.get(type), this.#times.ttlMs);
  }

  lastTotal(type: JobType): number | undefined {
    return this.#totals.get(type)?.total;
  }

  async job(jobId: string, caller?: Caller): Promise<TimedJob> {
    const held = this.heldJob(jobId);
    if (held !== undefined) return held;
    const stale = () => within(this.#jobs.get(jobId), this.#times.staleIfErrorMs);
    return this.orStale(`job/${jobId}`, stale, () => this.#joinJob(jobId, Number.NEGATIVE_INFINITY, caller));
  }

  async jobSince(jobId: string, since: number, caller?: Caller): Promise<TimedJob> {
    const held = this.heldJob(jobId);
    return held !== undefined && held.sentAt >= since ? held : this.#joinJob(jobId, since, caller);
  }

  heldJob(jobId: string): TimedJob | undefined {
    const held = this.#jobs.get(jobId);
    const factor = held?.job?.isFinal ? DONE_TTL_FACTOR : 1;
    return within(held, this.#times.ttlMs * factor);
  }

  /** Only of the last row of a page on the grid: rows after any other stand on a page that shows it too. */
  cursorMade(type: JobType, anchor: Anchor, at: number): void {
    if ((anchor.offset + 1) % MAX_PAGE_SIZE !== 0) return;
    this.#cursors.knownSince(type, anchor, () => {
      const madeAt = Math.min(at, this.#shownBy(type, anchor));
      return this.#source.cursorKnownSince(type, anchor, madeAt);
    });
  }

  cursorKnownSince(type: JobType, anchor: Anchor, cameAt: number): number | Promise<number> {
    return this.#cursors.knownSince(type, anchor, () => this.#source.cursorKnownSince(type, anchor, cameAt));
  }

  /** When the page on the grid that ends with the cursor's row was there, if it is at hand as it was then. */
  #shownBy(type: JobType, { offset, total, key }: Anchor): number {
    const page = { pageNo: (offset + 1) / MAX_PAGE_SIZE, pageSize: MAX_PAGE_SIZE };
    const span = this.#pages.get(keyOfPage(type, page));
    const row = span?.rows.at(-1);
    const isSame = row !== undefined && span?.total === total && row.key === key;
    return isSame && span.rows.length === MAX_PAGE_SIZE ? span.answeredAt : Number.POSITIVE_INFINITY;
  }

  async #joinJob(jobId: string, since: number, caller: Caller | undefined): Promise<TimedJob> {
    let read: TimedJob;
    do {
      let result: CacheResult = 'shared';
      const flight = this.#jobFlights.join(jobId, since, caller?.signal, (broken) => {
        result = 'miss';
        return this.#readJob(jobId, since, inPlaceOf(caller, broken));
      });
      this.observer.cacheRead('job', result);
      read = await flight;
    } while (read.sentAt < since);
    return read;
  }

  async #readPage(type: JobType, page: PageRef, since: number, caller: Caller): Promise<Span> {
    try {
      const span = await this.#source.page(type, page, since, caller);
      this.#keep(type, page, span);
      return span;
    } catch (error) {
      const stale = error instanceof UpstreamError ? await this.#source.stalePage(type, page) : undefined;
      if (stale !== undefined) this.#keep(type, page, stale);
      throw error;
    }
  }

  async #readJob(jobId: string, since: number, caller: Caller): Promise<TimedJob> {
    try {
      const { job, sentAt } = await this.#source.jobSince(jobId, since, caller);
      return this.#keepJob(jobId, job, sentAt);
    } catch (error) {
      const stale = error instanceof UpstreamError ? await this.#source.staleJob(jobId) : undefined;
      if (stale !== undefined) this.#keepJob(jobId, stale.job, stale.sentAt);
      throw error;
    }
  }

  #spanOf(type: JobType, window: Window, maxAgeMs: number): Span | undefined {
    const page = { pageNo: Math.floor(window.start / MAX_PAGE_SIZE) + 1, pageSize: MAX_PAGE_SIZE };
    const onGrid = within(this.#pages.get(keyOfPage(type, page)), maxAgeMs);
    if (onGrid !== undefined && holdsWindow(onGrid, window)) return onGrid;
    for (const [key, rows] of this.#offGrid.get(type) ?? []) {
      if (rows.start > window.start || rows.end < window.end) continue;
      const span = within(this.#pages.get(key), maxAgeMs);
      if (span !== undefined) return span;
    }
    return undefined;
  }

  #keep(type: JobType, page: PageRef, span: Span): void {
    const key = keyOfPage(type, page);
    this.#pages.set(key, span);
    if (page.pageSize !== MAX_PAGE_SIZE) this.#rememberOffGrid(type, key, rowsOf(page));
    const known = this.#totals.get(type);
    if (known === undefined || known.sentAt <= span.sentAt)
      this.#totals.set(type, { total: span.total, sentAt: span.sentAt });
    for (const row of span.rows) if (row !== undefined) this.#keepJob(row.jobId, row, span.sentAt);
  }

  #rememberOffGrid(type: JobType, key: string, rows: Window): void {
    const windows = this.#offGrid.get(type) ?? new Map<string, Window>();
    this.#offGrid.set(type, windows);
    windows.delete(key);
    windows.set(key, rows);
    const [oldest] = windows.keys();
    if (windows.size > MAX_OFF_GRID && oldest !== undefined) windows.delete(oldest);
  }

  /** A job read by id lacks `gmtCreate`, which never changes: an earlier row may have had it. */
  #keepJob(jobId: string, job: VoiceJob | null, sentAt: number): TimedJob {
    const gmtCreate = job?.gmtCreate ?? this.#jobs.get(jobId)?.job?.gmtCreate ?? null;
    const timed = { job: job?.withGmtCreate(gmtCreate) ?? null, sentAt };
    this.#jobs.set(jobId, timed);
    return timed;
  }
}

/** All who come to wait for a call; it is counted for the one who made it. */
function inPlaceOf(caller: Caller | undefined, signal: AbortSignal): Caller {
  if (caller === undefined) return { signal, upstreamCalls: 0 };
  return {
    signal,
    span: caller.span,
    upstreamRequestIds: caller.upstreamRequestIds,
    get upstreamCalls() {
      return caller.upstreamCalls;
    },
    set upstreamCalls(calls) {
      caller.upstreamCalls = calls;
    },
  };
}

/** What was read, unless that is longer ago. */
function within<Read extends Timed>(read: Read | undefined, maxAgeMs: number): Read | undefined {
  return read !== undefined && performance.now() - read.sentAt < maxAgeMs ? read : undefined;
}

function keyOfPage(type: JobType, { pageNo, pageSize }: PageRef): string {
  return `${type}/${pageSize}/${pageNo}`;
}
