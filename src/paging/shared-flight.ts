import { setTimeout as sleep } from 'node:timers/promises';
import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { isUpstreamErrorCode, UpstreamError, type UpstreamErrorCode } from '../errors.ts';
import { MAX_PAUSE_MS, nameIn } from '../foreign-values.ts';
import type { Lookup, MaxAge, Retention, SharedCache, SharedValue } from '../redis/shared-cache.ts';
import type { TraceSpan } from '../telemetry/trace/tracer.ts';
import type { Caller } from './caller.ts';

/** Pause between polls of another replica's lease, in milliseconds. Each poll also waits for Redis, up to a total of 50 ms. */
export const POLL_PAUSE_MS = 15;

/** Rounding error of two times of Redis, which are whole milliseconds. */
const CLOCK_STEPS_MS = 2;

/** Errors whose cause may be local to the other replica. One waiting replica then retries, and the others wait for it. */
const MAY_BE_LOCAL: readonly UpstreamErrorCode[] = ['UPSTREAM_UNAVAILABLE', 'UPSTREAM_DENIED'];

/** Whether the response was truncated because its connection ended, whose cause may be local too. */
const isTruncated = ({ code, retry }: UpstreamError) => code === 'UPSTREAM_BAD_RESPONSE' && retry === 'later';

/** A read that replicas share. */
export interface SharedRead<Value> extends MaxAge {
  readonly key: string;
  /** Kind of the value, for the count of unreadable values. */
  readonly kind: string;
  /** Earliest acceptable request time. */
  readonly since: MonotonicMs;
  readonly caller: Caller | undefined;
  read(): Promise<Value>;
  encode(value: Value): SharedValue & Retention;
  /** Undefined for an unreadable value. */
  decode(value: SharedValue): Value | undefined;
}

/** Single flight across replicas: one replica reads under a lease, and the others poll for its value or failure. */
export class SharedFlight {
  readonly #values: SharedCache;
  readonly #timeoutMs: number;

  /** @param timeoutMs how long to wait for another replica, in milliseconds */
  constructor(values: SharedCache, timeoutMs: number) {
    this.#values = values;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Returns the shared value, or reads it for all replicas. If Redis does not reply, this replica reads by itself.
   *
   * @throws UpstreamError of the read, or UPSTREAM_TIMEOUT if another replica took too long
   */
  async join<Value>(shared: SharedRead<Value>): Promise<Value> {
    const span = shared.caller?.span;
    const lookUp = () =>
      span === undefined ? this.#lookUp(shared) : traced(span, () => this.#lookUp(shared));
    let found = await lookUp();
    if (found?.kind === 'value') {
      const value = shared.decode(found.value);
      if (value !== undefined) return value;
      // Drops the unreadable value, so that a replica acquires the lease and replaces it.
      await this.#values.drop(shared.key, shared.kind);
      found = await lookUp();
    }
    if (found?.kind === 'acquired') return readForAll(shared, found);
    return (found && shared.decode(found.value)) ?? shared.read();
  }

  /** Looks the value up, and polls while another replica has the lease. */
  async #lookUp(shared: SharedRead<unknown>): Promise<Settled> {
    const startedAt = monotonicNow();
    let failuresSince = startedAt;
    let hasFailed = false;
    let { deadlineMs } = this.#values;
    for (;;) {
      const found = await this.#values.getOrLease(shared.key, { ...shared, failuresSince }, deadlineMs);
      if (found === undefined || found.kind === 'value') return found;
      if (found.kind === 'acquired') return { ...found, isRetry: hasFailed };
      if (found.kind === 'failed') {
        const failure = decodeFailure(found.failure);
        if (failure === undefined) {
          this.#values.reportUnreadable('failure');
          failuresSince = later(monotonicNow(), CLOCK_STEPS_MS);
          continue;
        }
        const { error, isRetry } = failure;
        const mayBeLocal = MAY_BE_LOCAL.includes(error.code) || isTruncated(error);
        if (failuresSince > startedAt || isRetry || !mayBeLocal) throw error;
        hasFailed = true;
        failuresSince = later(monotonicNow(), CLOCK_STEPS_MS);
      } else {
        if (monotonicNow() - startedAt > this.#timeoutMs)
          throw new UpstreamError('UPSTREAM_TIMEOUT', { detail: 'another replica took too long' });
        await pause(shared.caller?.signal);
        deadlineMs = this.#values.deadlineMs - POLL_PAUSE_MS;
      }
    }
  }
}

/** Result of a lookup that need not wait; undefined if Redis does not reply. */
type Settled = Extract<Lookup, { kind: 'value' }> | LeaseForAll | undefined;

/** A lease, and whether another replica has failed before: a second failure is not local, and ends the wait of all replicas. */
type LeaseForAll = Extract<Lookup, { kind: 'acquired' }> & { readonly isRetry: boolean };

async function traced(parent: TraceSpan, lookUp: () => Promise<Settled>): Promise<Settled> {
  const span = parent.child('ask Redis', 'client', { 'db.system.name': 'redis' });
  try {
    const found = await lookUp();
    span.set('redis.found', found?.kind ?? 'no answer');
    span.end();
    return found;
  } catch (error) {
    span.end(error instanceof UpstreamError ? error.code : 'CANCELLED');
    throw error;
  }
}

/** Reads a value under a lease, and stores it or the failure for other replicas in the background. */
async function readForAll<Value>(
  { read, encode }: SharedRead<Value>,
  { lease, isRetry }: LeaseForAll,
): Promise<Value> {
  try {
    const value = await read();
    void lease.store(encode(value));
    return value;
  } catch (error) {
    // An aborted read says nothing about the upstream.
    void (error instanceof UpstreamError ? lease.fail(encodeFailure(error, isRetry)) : lease.release());
    throw error;
  }
}

/** Waits for {@link POLL_PAUSE_MS}. @throws the reason of the signal */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await sleep(POLL_PAUSE_MS, undefined, signal && { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}

/** Encodes a failure for other replicas. */
function encodeFailure(error: UpstreamError, isRetry: boolean): string {
  const { code, retryAfterMs, extensions } = error;
  const { upstreamRequestId } = extensions;
  return JSON.stringify({ code, retryAfterMs, upstreamRequestId, isRetry, isCut: isTruncated(error) });
}

/** Decodes a failure; undefined for anything that {@link encodeFailure} did not write. */
function decodeFailure(text: string): { error: UpstreamError; isRetry: boolean } | undefined {
  let facts: Readonly<Record<string, unknown>>;
  try {
    facts = Object(JSON.parse(text));
  } catch {
    return undefined;
  }
  const { code, retryAfterMs, upstreamRequestId, isRetry } = facts;
  if (!isUpstreamErrorCode(code)) return undefined;
  const error = new UpstreamError(code, {
    detail: 'another replica failed',
    retryAfterMs: isRetryAfter(retryAfterMs) ? retryAfterMs : undefined,
    upstreamRequestId: nameIn(upstreamRequestId),
    retry: facts.isCut === true ? 'later' : 'never',
  });
  return { error, isRetry: isRetry === true };
}

/** Maximum accepted Retry-After, in milliseconds: that of the upstream plus the longest queue. */
const MAX_RETRY_AFTER_MS = 2 * MAX_PAUSE_MS;

function isRetryAfter(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_RETRY_AFTER_MS;
}
