import { hash } from 'node:crypto';
import { type MonotonicMs, monotonicNow } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { Caller } from '../paging/caller.ts';
import { MAX_PAGE_SIZE, type PageRef, pageKey, rowsOf } from '../paging/cover.ts';
import type { Anchor } from '../paging/cursor.ts';
import { ANY_TIME, type CacheTimes, cursorKey } from '../paging/page-cache.ts';
import type { RowRange } from '../paging/row-range.ts';
import { FirstSeen } from '../redis/first-seen.ts';
import type { ReplicaNamespace } from '../redis/redis-connection.ts';
import type { SharedValue } from '../redis/shared-cache.ts';
import { type MaxAge, SharedCache } from '../redis/shared-cache.ts';
import type { JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';
import { FINAL_TTL_FACTOR } from './job-cache.ts';
import { SharedFlight } from './shared-flight.ts';
import type { JobSource, SharedLookups, TimedJob } from './source.ts';
import { decodeJob, decodePage, encodeJob, encodePage, WIRE_VERSION } from './wire-format.ts';

type Page = RowRange<VoiceJob>;

/** The page that is read for a total alone, and the one that is read most. */
const FIRST_ROW: PageRef = { pageNo: 1, pageSize: 1 };
const FIRST_PAGE: PageRef = { pageNo: 1, pageSize: MAX_PAGE_SIZE };

/** Longest id that is part of a key as it is; those of the upstream have 32 characters. */
const MAX_ID = 40;

/** Shares reads with other replicas by way of Redis. While Redis does not answer it reads as if there were one replica. */
export class SharedSource implements JobSource, SharedLookups {
  readonly observer: Observer;
  readonly #source: JobSource;
  readonly #values: SharedCache;
  readonly #times: FirstSeen;
  readonly #flight: SharedFlight;
  readonly #account: ReplicaNamespace['account'];
  readonly #fresh: MaxAge;
  readonly #stale: MaxAge;
  readonly #keepMs: number;
  readonly #keepFinalMs: number;

  /** @param patienceMs how long another replica may take, in milliseconds */
  constructor(
    source: JobSource,
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
    this.#fresh = { maxAgeMs: ttlMs, lastingMaxAgeMs: FINAL_TTL_FACTOR * ttlMs };
    this.#stale = { maxAgeMs: staleIfErrorMs, lastingMaxAgeMs: staleIfErrorMs };
    this.#keepMs = Math.max(ttlMs, staleIfErrorMs);
    this.#keepFinalMs = Math.max(FINAL_TTL_FACTOR * ttlMs, staleIfErrorMs);
  }

  async page(type: JobType, page: PageRef, since = ANY_TIME, caller?: Caller): Promise<Page> {
    const space = await this.#space();
    if (space === undefined) return this.#source.page(type, page, since, caller);
    const total = await this.#totalOnly(space, type, page, this.#fresh);
    if (total !== undefined && total.sentAt >= since) return total;
    return this.#flight.join<Page>({
      key: `${WIRE_VERSION}:${space}:${pageKey(type, page)}`,
      kind: 'page',
      ...this.#fresh,
      since,
      caller,
      read: () => this.#source.page(type, page, since, caller),
      encode: (range) => {
        const { sentAt, answeredAt } = range;
        return { bytes: encodePage(range), sentAt, answeredAt, keepMs: this.#keepMs, isLasting: false };
      },
      decode: (value) => pageOf(value, page),
    });
  }

  async stalePage(type: JobType, page: PageRef): Promise<Page | undefined> {
    const space = await this.#space();
    if (space === undefined) return undefined;
    const found = await this.#lookUpPage(space, type, page, this.#stale);
    return found ?? this.#totalOnly(space, type, page, this.#stale);
  }

  async job(jobId: string, since = ANY_TIME, caller?: Caller): Promise<TimedJob> {
    const space = await this.#space();
    if (space === undefined) return this.#source.job(jobId, since, caller);
    return this.#flight.join<TimedJob>({
      key: jobKey(space, jobId),
      kind: 'job',
      ...this.#fresh,
      since,
      caller,
      read: () => this.#source.job(jobId, since, caller),
      encode: ({ job, sentAt }) => {
        const isLasting = job?.isFinal ?? false;
        const keepMs = isLasting ? this.#keepFinalMs : this.#keepMs;
        return { bytes: encodeJob(job), sentAt, answeredAt: monotonicNow(), keepMs, isLasting };
      },
      decode: (value) => jobOf(value, jobId),
    });
  }

  async staleJob(jobId: string): Promise<TimedJob | undefined> {
    const space = await this.#space();
    if (space === undefined) return undefined;
    const key = jobKey(space, jobId);
    const value = await this.#values.get(key, this.#stale);
    const found = value && jobOf(value, jobId);
    if (value !== undefined && found === undefined) await this.#values.drop(key, 'job');
    return found;
  }

  lastTotal(type: JobType): number | undefined {
    return this.#source.lastTotal(type);
  }

  async cursorKnownSince(type: JobType, anchor: Anchor, at: MonotonicMs): Promise<MonotonicMs> {
    const space = await this.#space();
    if (space === undefined) return at;
    const since = await this.#times.since(`${space}:cursor/${cursorKey(type, anchor)}`, at);
    return since as MonotonicMs;
  }

  #space(): Promise<string | undefined> {
    return this.#account().catch(() => undefined);
  }

  async #lookUpPage(space: string, type: JobType, page: PageRef, maxAge: MaxAge): Promise<Page | undefined> {
    const key = `${WIRE_VERSION}:${space}:${pageKey(type, page)}`;
    const value = await this.#values.get(key, maxAge);
    const range = value && pageOf(value, page);
    if (value !== undefined && range === undefined) await this.#values.drop(key, 'page');
    return range;
  }

  /** The first row, for the sake of the total, out of the first page where that is shared. */
  async #totalOnly(space: string, type: JobType, page: PageRef, maxAge: MaxAge): Promise<Page | undefined> {
    if (page.pageNo !== FIRST_ROW.pageNo || page.pageSize !== FIRST_ROW.pageSize) return undefined;
    const range = await this.#lookUpPage(space, type, FIRST_PAGE, maxAge);
    return range && { ...range, rows: range.rows.slice(0, 1), last: range.rows.length === 0 };
  }
}

/** An id comes from a client, and may be as long as a request. */
function jobKey(space: string, jobId: string): string {
  const id = jobId.length <= MAX_ID ? jobId : hash('sha256', jobId, 'base64url');
  return `${WIRE_VERSION}:${space}:job/${id}`;
}

/** Undefined for what is not this page as a replica would have read it: another place, too many rows, a job twice. */
function pageOf({ bytes, sentAt, answeredAt }: SharedValue, page: PageRef): Page | undefined {
  const range = decodePage(bytes);
  if (range === undefined || range.start !== rowsOf(page).start) return undefined;
  const { rows, last } = range;
  if (rows.length > page.pageSize || last !== rows.length < page.pageSize) return undefined;
  const jobIds = rows.flatMap((row) => row?.jobId ?? []);
  if (new Set(jobIds).size < jobIds.length) return undefined;
  return { ...range, sentAt: sentAt as MonotonicMs, answeredAt: answeredAt as MonotonicMs };
}

/** Undefined for what is not this job. */
function jobOf({ bytes, sentAt }: SharedValue, jobId: string): TimedJob | undefined {
  const found = decodeJob(bytes);
  if (found === undefined || (found.job !== null && found.job.jobId !== jobId)) return undefined;
  return { ...found, sentAt: sentAt as MonotonicMs };
}
