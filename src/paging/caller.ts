import type { SpanContext } from '@opentelemetry/api';
import type { MonotonicMs } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import type { Attributes, TraceSpan } from '../telemetry/trace/tracer.ts';

/** On whose behalf something is read. */
export interface Caller {
  /** Fires when nobody waits any more; what is still being read is aborted then. */
  readonly signal: AbortSignal;
  /** When all its reads together have to be over; undefined: each has a deadline of its own. */
  readonly deadlineAt?: MonotonicMs | undefined;
  readonly calls?: CallCounter | undefined;
  /** Takes the ids that the upstream gave to the first calls, where they are to be logged. */
  readonly upstreamRequestIds?: string[] | undefined;
  /** The part of a trace that its reads belong to; undefined where nothing is traced. */
  readonly span?: TraceSpan | undefined;
}

/**
 * Upstream calls made for a request or for one of its reads, without those that other requests had under way already.
 * Counted when they are sent and not when they return: the log of a client that left counts the call that it did not wait
 * for.
 */
export class CallCounter {
  count = 0;
  readonly #within: CallCounter | undefined;

  /** @param within counts the same calls, and others */
  constructor(within?: CallCounter) {
    this.#within = within;
  }

  add(): void {
    this.count++;
    this.#within?.add();
  }
}

/**
 * The caller of a read that several wait for: it ends by its own signal, and is counted and traced for the first of them.
 */
export function callerOfShared(first: Caller | undefined, signal: AbortSignal): Caller {
  return {
    signal,
    calls: first?.calls,
    upstreamRequestIds: first?.upstreamRequestIds,
    span: first?.span,
  };
}

/** How old the values are that one request has used. */
export class Freshness {
  /** When the oldest of them was requested from the upstream; `Infinity` while none was used. */
  oldestSentAt = Number.POSITIVE_INFINITY as MonotonicMs;

  used(sentAt: MonotonicMs): void {
    if (sentAt < this.oldestSentAt) this.oldestSentAt = sentAt;
  }
}

/** The span in which each value, or the error instead of it, was read. Ids alone: values outlive spans in caches. */
const origins = new WeakMap<object, SpanContext>();

/** Reads in a span of its own where the caller is traced; linked to the span of another request whose read it shares. */
export async function tracedRead<Value extends object>(
  caller: Caller | undefined,
  name: string,
  attributes: Attributes,
  read: (caller: Caller | undefined) => Promise<Value>,
): Promise<Value> {
  if (caller?.span === undefined) return read(caller);
  const span = caller.span.child(name, 'internal', attributes);
  const calls = new CallCounter(caller.calls);
  const { signal, deadlineAt, upstreamRequestIds } = caller;
  const end = (found: unknown, error?: string) => {
    span.set('upstream.calls', calls.count);
    if (typeof found === 'object' && found !== null) {
      const origin = origins.get(found);
      if (calls.count > 0) origins.set(found, span.spanContext);
      else if (origin !== undefined) span.link(origin);
    }
    span.end(error);
  };
  try {
    const value = await read({ signal, deadlineAt, calls, upstreamRequestIds, span });
    end(value);
    return value;
  } catch (error) {
    end(error, error instanceof GatewayError ? error.code : 'CANCELLED');
    throw error;
  }
}
