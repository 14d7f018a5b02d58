import { setTimeout as sleep } from 'node:timers/promises';
import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { isUpstreamErrorCode, UpstreamError, type UpstreamErrorCode } from '../errors.ts';
import { MAX_PAUSE_MS, nameIn } from '../foreign-values.ts';
import type { Lookup, MaxAge, Retention, SharedCache, SharedValue } from '../redis/shared-cache.ts';
import type { TraceSpan } from '../telemetry/trace/tracer.ts';
import type { Caller } from './caller.ts';

/** Poll interval while another replica reads, in milliseconds. With the time that Redis has for a reply, 50. */
export const LOOK_EVERY_MS = 15;

/** Rounding error of two times of Redis, which are whole milliseconds. */
const CLOCK_STEPS_MS = 2;

/** Failures that may be the other replica's own: one that waited tries for itself then, and the others wait for that. */
const MAY_BE_ITS_OWN: readonly UpstreamErrorCode[] = ['UPSTREAM_UNAVAILABLE', 'UPSTREAM_DENIED'];

/** Whether the end of its connection cut a response, which may be the replica's own as well. */
const isCut = ({ code, retry }: UpstreamError) => code === 'UPSTREAM_BAD_RESPONSE' && retry === 'later';

/** A read that replicas share. */
export interface SharedRead<Value> extends MaxAge {
  readonly key: string;
  /** For the count of unreadable values. */
  readonly kind: string;
  /** What was requested before this will not do. */
  readonly since: MonotonicMs;
  readonly caller: Caller | undefined;
  read(): Promise<Value>;
  encode(value: Value): SharedValue & Retention;
  /** Undefined for what it cannot read. */
  decode(value: SharedValue): Value | undefined;
}

/** Single flight between replicas: one of them reads, and the others wait for its value or failure. */
export class SharedFlight {
  readonly #values: SharedCache;
  readonly #patienceMs: number;

  /** @param patienceMs how long another replica may take */
  constructor(values: SharedCache, patienceMs: number) {
    this.#values = values;
    this.#patienceMs = patienceMs;
  }

  /**
   * The shared value, or what one replica reads for all. Without a reply of Redis this replica reads by itself.
   *
   * @throws UpstreamError the failure of the read, or UPSTREAM_TIMEOUT when it took too long
   */
  async join<Value>(wanted: SharedRead<Value>): Promise<Value> {
    const span = wanted.caller?.span;
    const ask = () => (span === undefined ? this.#ask(wanted) : traced(span, () => this.#ask(wanted)));
    let found = await ask();
    if (found?.kind === 'value') {
      const value = wanted.decode(found.value);
      if (value !== undefined) return value;
      // Without it, this replica or another gets the right to read, and what it reads takes its place.
      await this.#values.drop(wanted.key, wanted.kind);
      found = await ask();
    }
    if (found?.kind === 'acquired') return readForAll(wanted, found);
    return (found && wanted.decode(found.value)) ?? wanted.read();
  }

  /** Waits as long as another replica reads. */
  async #ask(wanted: SharedRead<unknown>): Promise<Settled> {
    const cameAt = monotonicNow();
    let failuresSince = cameAt;
    let hasFailed = false;
    let { deadlineMs } = this.#values;
    for (;;) {
      const found = await this.#values.getOrLease(wanted.key, { ...wanted, failuresSince }, deadlineMs);
      if (found === undefined || found.kind === 'value') return found;
      if (found.kind === 'acquired') return { ...found, isRetry: hasFailed };
      if (found.kind === 'failed') {
        const failure = failureOf(found.failure);
        if (failure === undefined) {
          this.#values.reportUnreadable('failure');
          failuresSince = later(monotonicNow(), CLOCK_STEPS_MS);
          continue;
        }
        const { error, isRetry } = failure;
        if (failuresSince > cameAt || isRetry || !(MAY_BE_ITS_OWN.includes(error.code) || isCut(error)))
          throw error;
        hasFailed = true;
        failuresSince = later(monotonicNow(), CLOCK_STEPS_MS);
      } else {
        if (monotonicNow() - cameAt > this.#patienceMs)
          throw new UpstreamError('UPSTREAM_TIMEOUT', { detail: 'another replica took too long' });
        await pause(wanted.caller?.signal);
        deadlineMs = this.#values.deadlineMs - LOOK_EVERY_MS;
      }
    }
  }
}

/** The outcome when there is nothing to wait for. */
type Settled = Extract<Lookup, { kind: 'value' }> | LeaseForAll | undefined;

/** @property isRetry whether another replica has failed before: a second failure is no replica's own, and ends all waiting */
type LeaseForAll = Extract<Lookup, { kind: 'acquired' }> & { readonly isRetry: boolean };

async function traced(within: TraceSpan, ask: () => Promise<Settled>): Promise<Settled> {
  const span = within.child('ask Redis', 'client', { 'db.system.name': 'redis' });
  try {
    const found = await ask();
    span.set('redis.found', found?.kind ?? 'no answer');
    span.end();
    return found;
  } catch (error) {
    span.end(error instanceof UpstreamError ? error.code : 'CANCELLED');
    throw error;
  }
}

/** Shares the value or the failure in the background. */
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
    void (error instanceof UpstreamError ? lease.fail(textOf(error, isRetry)) : lease.release());
    throw error;
  }
}

/** @throws the reason of the signal */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await sleep(LOOK_EVERY_MS, undefined, signal && { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}

/** What other replicas may know of a failure. */
function textOf(error: UpstreamError, isRetry: boolean): string {
  const { code, retryAfterMs, extensions } = error;
  const { upstreamRequestId } = extensions;
  return JSON.stringify({ code, retryAfterMs, upstreamRequestId, isRetry, isCut: isCut(error) });
}

/** Undefined for what {@link textOf} did not write. */
function failureOf(text: string): { error: UpstreamError; isRetry: boolean } | undefined {
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
    retryAfterMs: isPause(retryAfterMs) ? retryAfterMs : undefined,
    upstreamRequestId: nameIn(upstreamRequestId),
    retry: facts.isCut === true ? 'later' : 'never',
  });
  return { error, isRetry: isRetry === true };
}

/** Longest pause that is believed, in milliseconds: the longest that the upstream is believed, and the longest queue. */
const MAX_TOLD_MS = 2 * MAX_PAUSE_MS;

function isPause(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_TOLD_MS;
}
