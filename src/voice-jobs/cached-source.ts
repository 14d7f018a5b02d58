import { LRUCache } from 'lru-cache';
import { MemoryStore } from '../cache/memory-store.ts';
import { SingleFlight } from '../cache/single-flight.ts';
import { UpstreamError } from '../errors.ts';
import type { Observer } from '../observer.ts';
import { MAX_PAGE_SIZE, type PageRef, rowsOf } from '../paging/cover.ts';
import type { Anchor } from '../paging/cursor.ts';
import type { Window } from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import { isFinal, type VoiceJob } from './job.ts';
import type { JobSource, TimedJob, TimedTotal } from './source.ts';
import { holdsWindow, type Row, type Span } from './span.ts';

/** How long what was read may be used, in milliseconds since it was asked for. */
export interface CacheTimes {
  readonly ttlMs: number;
  /** While the upstream fails. 0 means never. */
  readonly staleIfErrorMs: number;
}

const PAGES_BYTES = 32 * 1024 * 1024;
const JOBS_BYTES = 16 * 1024 * 1024;

/** A job that is done changes no more; it can only be deleted. */
const DONE_TTL_FACTOR = 30;

/** After a failure that an older page covered, how long the upstream is left alone with that page, in milliseconds. */
const RESPITE_MS = 1000;

/** Pages off the grid that are looked through for a window, for each list. */
const MAX_OFF_GRID = 32;

/** Cursors whose time is remembered. Past that, one more read may be needed to trust a page. */
const MAX_CURSORS = 10_000;

/**
 * Keeps what a source reads for a while and lets requests share it: at most one call a page at a time and in each
 * `ttlMs`, however many ask, unless they need one that is younger than what they hold.
 */
export class CachedSource implements JobSource {
  readonly observer: Observer;
  readonly isShared = true;
  readonly #source: JobSource;
  readonly #times: CacheTimes;
  readonly #pages = new MemoryStore<Span>({ maxBytes: PAGES_BYTES, bytesOf: bytesOfSpan });
  readonly #offGrid = new Map<JobType, Map<string, Window>>();
  readonly #jobs = new MemoryStore<TimedJob>({ maxBytes: JOBS_BYTES, bytesOf: ({ job }) => bytesOfRow(job) });
  readonly #totals = new Map<JobType, TimedTotal>();
  readonly #cursors = new LRUCache<string, number>({ max: MAX_CURSORS });
  readonly #failedAt = new LRUCache<string, number>({ max: 1000 });
  readonly #pageFlights = new SingleFlight<Span>();
  readonly #jobFlights = new SingleFlight<TimedJob>();

  constructor(source: JobSource, times: CacheTimes) {
    this.#source = source;
    this.observer = source.observer;
    this.#times = times;
  }

  async page(
    type: JobType,
    page: PageRef,
    since = Number.NEGATIVE_INFINITY,
    signal?: AbortSignal,
  ): Promise<Span> {
    const key = keyOfPage(type, page);
    const held = this.#pages.get(key);
    if (held !== undefined && held.sentAt >= since && this.#isYoung(held)) return held;
    return this.#orStale(key, held, () =>
      this.#pageFlights.join(key, since, signal, async (broken) => {
        const span = await this.#source.page(type, page, undefined, broken);
        this.#keep(type, page, span);
        return span;
      }),
    );
  }

  heldSpan(type: JobType, window: Window): Span | undefined {
    const page = { pageNo: Math.floor(window.start / MAX_PAGE_SIZE) + 1, pageSize: MAX_PAGE_SIZE };
    const onGrid = this.#youngPage(keyOfPage(type, page));
    if (onGrid !== undefined && holdsWindow(onGrid, window)) return onGrid;
    for (const [key, rows] of this.#offGrid.get(type) ?? []) {
      if (rows.start > window.start || rows.end < window.end) continue;
      const span = this.#youngPage(key);
      if (span !== undefined) return span;
    }
    return undefined;
  }

  heldTotal(type: JobType): TimedTotal | undefined {
    const held = this.#totals.get(type);
    return held !== undefined && this.#isYoung(held) ? held : undefined;
  }

  lastTotal(type: JobType): number | undefined {
    return this.#totals.get(type)?.total;
  }

  async job(jobId: string, signal?: AbortSignal): Promise<TimedJob> {
    const held = this.heldJob(jobId);
    if (held !== undefined) return held;
    return this.#orStale(jobId, this.#jobs.get(jobId), () =>
      this.#jobFlights.join(jobId, Number.NEGATIVE_INFINITY, signal, async (broken) => {
        const read = await this.#source.job(jobId, broken);
        return this.#keepJob(jobId, read.job, read.sentAt);
      }),
    );
  }

  heldJob(jobId: string): TimedJob | undefined {
    const held = this.#jobs.get(jobId);
    if (held === undefined) return undefined;
    const factor = held.job !== null && isFinal(held.job) ? DONE_TTL_FACTOR : 1;
    return performance.now() - held.sentAt < this.#times.ttlMs * factor ? held : undefined;
  }

  /** Only of the last row of a page on the grid: rows after any other stand on a page that shows it too. */
  cursorMade(type: JobType, anchor: Anchor, at: number): void {
    if ((anchor.offset + 1) % MAX_PAGE_SIZE !== 0) return;
    const key = keyOfCursor(type, anchor);
    if (!this.#cursors.has(key)) this.#cursors.set(key, at);
  }

  cursorKnownSince(type: JobType, anchor: Anchor): number {
    const key = keyOfCursor(type, anchor);
    const known = this.#cursors.get(key);
    if (known !== undefined) return known;
    const now = performance.now();
    this.#cursors.set(key, now);
    return now;
  }

  #isYoung({ sentAt }: { readonly sentAt: number }): boolean {
    return performance.now() - sentAt < this.#times.ttlMs;
  }

  #youngPage(key: string): Span | undefined {
    const span = this.#pages.get(key);
    return span !== undefined && this.#isYoung(span) ? span : undefined;
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
    const timed = { job: job === null || job.gmtCreate === gmtCreate ? job : { ...job, gmtCreate }, sentAt };
    this.#jobs.set(jobId, timed);
    return timed;
  }

  /** While the upstream fails, what is held serves on, and for a moment nobody has to wait to learn that it still fails. */
  async #orStale<Value extends { readonly sentAt: number }>(
    key: string,
    held: Value | undefined,
    read: () => Promise<Value>,
  ): Promise<Value> {
    const now = performance.now();
    const isUsable = held !== undefined && now - held.sentAt < this.#times.staleIfErrorMs;
    if (isUsable && now - (this.#failedAt.get(key) ?? Number.NEGATIVE_INFINITY) < RESPITE_MS) return held;
    try {
      return await read();
    } catch (error) {
      if (!isUsable || !(error instanceof UpstreamError)) throw error;
      this.#failedAt.set(key, performance.now());
      this.observer.servedStale(error.code);
      return held;
    }
  }
}

function keyOfPage(type: JobType, { pageNo, pageSize }: PageRef): string {
  return `${type}/${pageSize}/${pageNo}`;
}

function keyOfCursor(type: JobType, { offset, total, key }: Anchor): string {
  return `${type}/${offset}/${total}/${key}`;
}

/** About what a row takes: its texts, two bytes a character at worst, and the object around them. */
function bytesOfRow(row: Row | null): number {
  if (row === undefined || row === null) return 100;
  const { voiceId, message, voiceName, voiceDesc } = row;
  const texts = [row.jobId, voiceId, message, voiceName, voiceDesc, row.createTime, row.gmtCreate];
  return texts.reduce((bytes, text) => bytes + 2 * (text?.length ?? 0), 400);
}

function bytesOfSpan({ rows }: Span): number {
  return rows.reduce((bytes, row) => bytes + bytesOfRow(row), 200);
}
