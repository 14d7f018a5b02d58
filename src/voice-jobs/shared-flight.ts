import { setTimeout as sleep } from 'node:timers/promises';
import { later, type MonotonicMs, monotonicNow } from '../clock.ts';
import { isUpstreamErrorCode, UpstreamError, type UpstreamErrorCode } from '../errors.ts';
import type { Found, Keeping, SharedCache, SharedValue } from '../redis/shared-cache.ts';
import type { TraceSpan } from '../telemetry/trace/tracer.ts';
import { MAX_PAUSE_MS, nameIn } from '../upstream/parse-response.ts';

/** How often it is looked whether another replica has read, in milliseconds. With the time Redis has for it, 50. */
export const LOOK_EVERY_MS = 15;

/** By how much the times of Redis may be off, which are whole milliseconds, when two are compared. */
const CLOCK_STEPS_MS = 2;

/** Failures that may be the other replica's own. One who waited tries for itself then, and the others wait for that. */
const MAY_BE_ITS_OWN: readonly UpstreamErrorCode[] = ['UPSTREAM_UNAVAILABLE', 'UPSTREAM_DENIED'];

/** Something that replicas read for each other. */
export interface SharedRead<Value> {
  readonly key: string;
  /** What it is, for the count of those that cannot be read. */
  readonly kind: 'page' | 'job';
  /** How old it may be, in milliseconds. */
  readonly maxAgeMs: number;
  /** The same where it was kept as lasting. */
  readonly lastingMaxAgeMs: number;
  /** What was asked for before this will not do; of `performance.now()`. */
  readonly since: MonotonicMs;
  /** Fires when nobody waits any more. */
  readonly signal: AbortSignal | undefined;
  /** The part of a trace that it belongs to; undefined where nothing is traced. */
  readonly span: TraceSpan | undefined;
  read(): Promise<Value>;
  encode(value: Value): SharedValue & Keeping;
  /** Undefined for what it cannot read. */
  decode(value: SharedValue): Value | undefined;
}

/** Lets replicas that want the same thing at the same time share one attempt to get it, and what they got for a while. */
export class SharedFlight {
  readonly #values: SharedCache;
  readonly #patienceMs: number;

  /** @param patienceMs how long another replica may take */
  constructor(values: SharedCache, patienceMs: number) {
    this.#values = values;
    this.#patienceMs = patienceMs;
  }

  /**
   * What is there, or what one replica reads for all. This one reads by itself when Redis does not answer, at once or in
   * the middle of waiting.
   *
   * @throws UpstreamError what the one who read threw, or UPSTREAM_TIMEOUT when it took too long
   */
  async join<Value>(wanted: SharedRead<Value>): Promise<Value> {
    const { span } = wanted;
    const ask = () => (span === undefined ? this.#ask(wanted) : traced(span, () => this.#ask(wanted)));
    let found = await ask();
    if (found?.kind === 'value') {
      const value = wanted.decode(found.value);
      if (value !== undefined) return value;
      // Without it, this replica or another gets the right to read, and what it reads takes its place.
      await this.#values.drop(wanted.key, wanted.kind);
      found = await ask();
    }
    if (found?.kind === 'ours') return readForAll(wanted, found);
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
      if (found.kind === 'ours') return { ...found, isRetry: hasFailed };
      if (found.kind === 'failed') {
        const failure = failureOf(found.failure);
        if (failure === undefined) {
          this.#values.foundUnreadable('failure');
          failuresSince = later(monotonicNow(), CLOCK_STEPS_MS);
          continue;
        }
        const { error, isRetry } = failure;
        if (failuresSince > cameAt || isRetry || !MAY_BE_ITS_OWN.includes(error.code)) throw error;
        hasFailed = true;
        failuresSince = later(monotonicNow(), CLOCK_STEPS_MS);
      } else {
        if (monotonicNow() - cameAt > this.#patienceMs)
          throw new UpstreamError('UPSTREAM_TIMEOUT', { detail: 'another replica took too long' });
        await pause(wanted.signal);
        deadlineMs = this.#values.deadlineMs - LOOK_EVERY_MS;
      }
    }
  }
}

/** What is known when nobody has to be waited for any more. */
type Settled = Extract<Found, { kind: 'value' }> | LeaseForAll | undefined;

/** @property isRetry whether another replica has failed before: a second failure is no replica's own, and ends all waiting */
type LeaseForAll = Extract<Found, { kind: 'ours' }> & { readonly isRetry: boolean };

/** Asks in a span of its own. */
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

/** What it brings goes to the others beside the answer to whoever asked here. */
async function readForAll<Value>(
  { read, encode }: SharedRead<Value>,
  { lease, isRetry }: LeaseForAll,
): Promise<Value> {
  try {
    const value = await read();
    void lease.keep(encode(value));
    return value;
  } catch (error) {
    // Whoever was broken off has not learnt anything.
    void (error instanceof UpstreamError ? lease.fail(textOf(error, isRetry)) : lease.release());
    throw error;
  }
}

/** @throws the reason of the signal */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await sleep(LOOK_EVERY_MS, undefined, signal && { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}

/** What every caller may know of a failure, and nothing more. */
function textOf({ code, retryAfterMs, extensions }: UpstreamError, isRetry: boolean): string {
  return JSON.stringify({ code, retryAfterMs, upstreamRequestId: extensions.upstreamRequestId, isRetry });
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
  });
  return { error, isRetry: isRetry === true };
}

/** Longest pause that is believed, in milliseconds: the longest that the upstream is believed, and the longest queue. */
const MAX_TOLD_MS = 2 * MAX_PAUSE_MS;

function isPause(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_TOLD_MS;
}
