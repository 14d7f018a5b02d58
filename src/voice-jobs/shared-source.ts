import { hash } from 'node:crypto';
import { type MonotonicMs, monotonicNow } from '../clock.ts';
import type { Observer } from '../observer.ts';
import { MAX_PAGE_SIZE, type PageRef, rowsOf } from '../paging/cover.ts';
import type { Anchor } from '../paging/cursor.ts';
import { FirstSeen } from '../redis/first-seen.ts';
import type { ReplicaNamespace } from '../redis/redis-connection.ts';
import type { SharedValue } from '../redis/shared-cache.ts';
import { type MaxAge, SharedCache } from '../redis/shared-cache.ts';
import type { JobType } from '../upstream/ims.ts';
import { type CacheTimes, DONE_TTL_FACTOR } from './cached-source.ts';
import type { Caller } from './caller.ts';
import { COMPACT_VERSION, decodeJob, decodeSpan, encodeJob, encodeSpan } from './compact.ts';
import { keyOfCursor } from './cursor-times.ts';
import { SharedFlight } from './shared-flight.ts';
import type { JobReader, TimedJob } from './source.ts';
import type { Span } from './span.ts';

/** The page that a total alone is read from, and the one that is read most. */
const FIRST_ROW: PageRef = { pageNo: 1, pageSize: 1 };
const FIRST_PAGE: PageRef = { pageNo: 1, pageSize: MAX_PAGE_SIZE };

/** Longest id that is part of a key as it is; those of the upstream have 32 characters. */
const MAX_ID = 40;

/**
 * Reads what another replica has not read yet, and lets the others have it. While Redis does not answer it reads
 * everything, as if there were one replica.
 */
export class SharedSource implements JobReader {
  readonly observer: Observer;
  readonly #source: JobReader;
  readonly #values: SharedCache;
  readonly #times: FirstSeen;
  readonly #flight: SharedFlight;
  readonly #account: ReplicaNamespace['account'];
  readonly #fresh: MaxAge;
  readonly #stale: MaxAge;
  readonly #keepMs: number;
  readonly #keepDoneMs: number;

  /** @param patienceMs how long another replica may take, in milliseconds */
  constructor(
    source: JobReader,
    { redis, prefix, account }: ReplicaNamespace,
    { ttlMs, staleIfErrorMs }: CacheTimes,
    patienceMs: number,
  ) {
    this.observer = source.observer;
    this.#source = source;
    this.#values = new SharedCache(redis, prefix);
    this.#times = new FirstSeen(redis, prefix);
    this.#flight = new SharedFlight(this.#values, patienceMs);
    this.#account = account;
    this.#fresh = { maxAgeMs: ttlMs, lastingMaxAgeMs: DONE_TTL_FACTOR * ttlMs };
    this.#stale = { maxAgeMs: staleIfErrorMs, lastingMaxAgeMs: staleIfErrorMs };
    this.#keepMs = Math.max(ttlMs, staleIfErrorMs);
    this.#keepDoneMs = Math.max(DONE_TTL_FACTOR * ttlMs, staleIfErrorMs);
  }

  async page(type: JobType, page: PageRef, since = Number.NEGATIVE_INFINITY, caller?: Caller): Promise<Span> {
    const space = await this.#space();
    if (space === undefined) return this.#source.page(type, page, since, caller);
    const total = await this.#totalOnly(space, type, page, this.#fresh);
    if (total !== undefined && total.sentAt >= since) return total;
    return this.#flight.join<Span>({
      key: keyOfPage(space, type, page),
      kind: 'page',
      ...this.#fresh,
      since: since as MonotonicMs,
      signal: caller?.signal,
      span: caller?.span,
      read: () => this.#source.page(type, page, since, caller),
      encode: (span) => {
        const { sentAt, answeredAt } = span;
        return { bytes: encodeSpan(span), sentAt, answeredAt, keepMs: this.#keepMs, isLasting: false };
      },
      decode: (value) => spanOf(value, page),
    });
  }

  async stalePage(type: JobType, page: PageRef): Promise<Span | undefined> {
    const space = await this.#space();
    if (space === undefined) return undefined;
    const held = await this.#heldPage(space, type, page, this.#stale);
    return held ?? this.#totalOnly(space, type, page, this.#stale);
  }

  async jobSince(jobId: string, since: number, caller?: Caller): Promise<TimedJob> {
    const space = await this.#space();
    if (space === undefined) return this.#source.jobSince(jobId, since, caller);
    return this.#flight.join<TimedJob>({
      key: keyOfJob(space, jobId),
      kind: 'job',
      ...this.#fresh,
      since: since as MonotonicMs,
      signal: caller?.signal,
      span: caller?.span,
      read: () => this.#source.jobSince(jobId, since, caller),
      encode: ({ job, sentAt }) => {
        const isLasting = job?.isFinal ?? false;
        const keepMs = isLasting ? this.#keepDoneMs : this.#keepMs;
        return { bytes: encodeJob(job), sentAt, answeredAt: monotonicNow(), keepMs, isLasting };
      },
      decode: (value) => jobOf(value, jobId),
    });
  }

  async staleJob(jobId: string): Promise<TimedJob | undefined> {
    const space = await this.#space();
    if (space === undefined) return undefined;
    const key = keyOfJob(space, jobId);
    const value = await this.#values.get(key, this.#stale);
    const held = value && jobOf(value, jobId);
    if (value !== undefined && held === undefined) await this.#values.drop(key, 'job');
    return held;
  }

  async cursorKnownSince(type: JobType, anchor: Anchor, at: number): Promise<number> {
    const space = await this.#space();
    return space === undefined
      ? at
      : this.#times.since(`${space}:cursor/${keyOfCursor(type, anchor)}`, at as MonotonicMs);
  }

  #space(): Promise<string | undefined> {
    return this.#account().catch(() => undefined);
  }

  async #heldPage(space: string, type: JobType, page: PageRef, maxAge: MaxAge): Promise<Span | undefined> {
    const key = keyOfPage(space, type, page);
    const value = await this.#values.get(key, maxAge);
    const span = value && spanOf(value, page);
    if (value !== undefined && span === undefined) await this.#values.drop(key, 'page');
    return span;
  }

  /** The first row, for the sake of the total, out of the first page when that is there. */
  async #totalOnly(space: string, type: JobType, page: PageRef, maxAge: MaxAge): Promise<Span | undefined> {
    if (page.pageNo !== FIRST_ROW.pageNo || page.pageSize !== FIRST_ROW.pageSize) return undefined;
    const span = await this.#heldPage(space, type, FIRST_PAGE, maxAge);
    return span && { ...span, rows: span.rows.slice(0, 1), last: span.rows.length === 0 };
  }
}

function keyOfPage(space: string, type: JobType, { pageNo, pageSize }: PageRef): string {
  return `${COMPACT_VERSION}:${space}:${type}/${pageSize}/${pageNo}`;
}

/** An id comes from a caller, and may be as long as a request. */
function keyOfJob(space: string, jobId: string): string {
  const id = jobId.length <= MAX_ID ? jobId : hash('sha256', jobId, 'base64url');
  return `${COMPACT_VERSION}:${space}:job/${id}`;
}

/** Undefined for what is not this page as a replica would have read it: another place, too many rows, a job twice. */
function spanOf({ bytes, sentAt, answeredAt }: SharedValue, page: PageRef): Span | undefined {
  const span = decodeSpan(bytes);
  if (span === undefined || span.start !== rowsOf(page).start) return undefined;
  const { rows, last } = span;
  if (rows.length > page.pageSize || last !== rows.length < page.pageSize) return undefined;
  const jobIds = rows.flatMap((row) => row?.jobId ?? []);
  return new Set(jobIds).size === jobIds.length ? { ...span, sentAt, answeredAt } : undefined;
}

/** Undefined for what is not this job. */
function jobOf({ bytes, sentAt }: SharedValue, jobId: string): TimedJob | undefined {
  const held = decodeJob(bytes);
  return held !== undefined && (held.job === null || held.job.jobId === jobId)
    ? { ...held, sentAt }
    : undefined;
}
