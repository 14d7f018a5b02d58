import type { SpanContext } from '@opentelemetry/api';
import type { MonotonicMs } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import type { Attributes, TraceSpan } from '../telemetry/trace/tracer.ts';

/** The request that reads: how to cancel its reads, and where to count and trace them. */
export interface Caller {
  /** Fires when nobody waits for the response any more; aborts reads in flight. */
  readonly signal: AbortSignal;
  /** Deadline for all reads of the request together; undefined: each read has a deadline of its own. */
  readonly deadlineAt?: MonotonicMs | undefined;
  readonly calls?: CallCounter | undefined;
  /** Receives the upstream's request ids of the first calls, for the log. */
  readonly upstreamRequestIds?: string[] | undefined;
  /** Parent trace span of the reads; undefined if the request is not traced. */
  readonly span?: TraceSpan | undefined;
}

/**
 * Counts the upstream calls made for a request or one of its reads. Reads that joined a call in flight for another request do not count.
 * A call counts when it is sent, so that the log of a client that disconnected includes it.
 */
export class CallCounter {
  count = 0;
  readonly #parent: CallCounter | undefined;

  /** @param parent counts each of these calls too */
  constructor(parent?: CallCounter) {
    this.#parent = parent;
  }

  add(): void {
    this.count++;
    this.#parent?.add();
  }
}

/** Caller of a shared in-flight read: aborted by a signal of its own; counted and traced for the first waiter. */
export function callerOfShared(first: Caller | undefined, signal: AbortSignal): Caller {
  return {
    signal,
    calls: first?.calls,
    upstreamRequestIds: first?.upstreamRequestIds,
    span: first?.span,
  };
}

/** Age of the values that a request has used. */
export class Freshness {
  /** When the oldest value was requested from the upstream; `Infinity` before the first. */
  oldestSentAt = Number.POSITIVE_INFINITY as MonotonicMs;

  used(sentAt: MonotonicMs): void {
    if (sentAt < this.oldestSentAt) this.oldestSentAt = sentAt;
  }
}

/** The span that read each value or error. Stores the span's ids only, because cached values outlive spans. */
const origins = new WeakMap<object, SpanContext>();

/** Runs a read in a span of its own, if the caller is traced. If the read shares a call of another request, the span links to that one. */
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
  const end = (result: unknown, error?: string) => {
    span.set('upstream.calls', calls.count);
    if (typeof result === 'object' && result !== null) {
      const origin = origins.get(result);
      if (calls.count > 0) origins.set(result, span.spanContext);
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
