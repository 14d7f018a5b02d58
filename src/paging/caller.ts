import type { SpanContext } from '@opentelemetry/api';
import { GatewayError } from '../errors.ts';
import type { Attributes, TraceSpan } from '../telemetry/trace/tracer.ts';
import type { Caller } from './caller.ts';

/** In which span each value, or the error instead of it, was read. Ids alone: values stay in caches longer than spans should. */
const origins = new WeakMap<object, SpanContext>();

/**
 * Reads for a caller whose request is traced, in a span of its own. What was read in the course of another request, at the
 * same time or before, is linked to that.
 *
 * @param within the caller's own span
 * @param name of the span
 */
export async function tracedRead<Value extends object>(
  caller: Caller,
  within: TraceSpan,
  name: string,
  attributes: Attributes,
  read: (reader: Caller) => Promise<Value>,
): Promise<Value> {
  const reader = new TracedReader(caller, within.child(name, 'internal', attributes));
  try {
    const value = await read(reader);
    end(reader, value);
    return value;
  } catch (error) {
    end(reader, error, error instanceof GatewayError ? error.code : 'CANCELLED');
    throw error;
  }
}

/** In the place of a caller, for whom it counts. */
class TracedReader implements Caller {
  readonly span: TraceSpan;
  readonly #caller: Caller;
  #calls = 0;

  constructor(caller: Caller, span: TraceSpan) {
    this.#caller = caller;
    this.span = span;
  }

  get signal(): AbortSignal {
    return this.#caller.signal;
  }

  get deadlineAt(): number | undefined {
    return this.#caller.deadlineAt;
  }

  get upstreamRequestIds(): string[] | undefined {
    return this.#caller.upstreamRequestIds;
  }

  get upstreamCalls(): number {
    return this.#calls;
  }

  set upstreamCalls(calls: number) {
    this.#caller.upstreamCalls += calls - this.#calls;
    this.#calls = calls;
  }
}

function end({ span, upstreamCalls }: TracedReader, found: unknown, error?: string): void {
  span.set('upstream.calls', upstreamCalls);
  if (typeof found === 'object' && found !== null) {
    const origin = origins.get(found);
    if (upstreamCalls > 0) origins.set(found, span.spanContext);
    else if (origin !== undefined) span.link(origin);
  }
  span.end(error);
}
