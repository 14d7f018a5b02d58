import { subscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders } from 'node:http';
import {
  type Context,
  context,
  createContextKey,
  propagation,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import { type FaultHandler, guarded } from '../../guarded.ts';
import { VERSION } from '../../version.ts';

/** Attributes of a span. Never a secret, a variable's value or the text of a document. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Codes of failures of the gateway and of the upstream. These make a span an error; a caller's mistake does not. */
const FAULT = /^(UPSTREAM_|INTERNAL_|SERVICE_)/;

/** Headers that the upstream never gets, because callers' systems keep data of their own in them. */
const CALLERS_OWN: ReadonlySet<string> = new Set(['tracestate', 'baggage']);

const OUTGOING = {
  set(headers: Record<string, string>, name: string, value: string) {
    if (!CALLERS_OWN.has(name)) headers[name] = value;
  },
};

/** Key, in a context without {@link CALLERS_OWN}, of the full context in which a request arrived. */
const ARRIVED_IN = createContextKey('voice-jobs-gateway arrived in');

function withoutCallersOwn(full: Context): Context {
  const without = propagation.deleteBaggage(full);
  const span = trace.getSpanContext(full);
  if (span === undefined) return without;
  const { traceId, spanId, traceFlags } = span;
  return trace.setSpanContext(without, { traceId, spanId, traceFlags });
}

/**
 * A span with the context of its children. It is passed along explicitly: requests share reads, so the active context of an
 * asynchronous call chain would often be another request's.
 */
export class TraceSpan {
  readonly #tracer: Tracer;
  readonly #epochOffsetMs: number;
  readonly #span: Span;
  readonly #context: Context;
  #isEnded = false;

  /**
   * @internal
   * @param epochOffsetMs from the monotonic clock to milliseconds since 1970, the same for the whole trace
   */
  constructor(tracer: Tracer, epochOffsetMs: number, span: Span, parent: Context) {
    this.#tracer = tracer;
    this.#epochOffsetMs = epochOffsetMs;
    this.#span = span;
    this.#context = trace.setSpan(parent, span);
  }

  /** Begins a span within this one. It may outlive it. */
  child(name: string, kind: 'internal' | 'client', attributes: Attributes): TraceSpan {
    const options = {
      kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
      attributes,
      startTime: this.#epochOffsetMs + monotonicNow(),
    };
    const span = this.#tracer.otel.startSpan(name, options, this.#context);
    return new TraceSpan(this.#tracer, this.#epochOffsetMs, span, this.#context);
  }

  /** Sets an attribute; undefined leaves it as it is. */
  set(name: string, value: string | number | boolean | undefined): void {
    if (value !== undefined) this.#span.setAttribute(name, value);
  }

  /** Links this span to one whose work it shared. */
  link(origin: SpanContext): void {
    this.#span.addLink({ context: origin });
  }

  /** Ids of the span, which outlive it. */
  get spanContext(): SpanContext {
    return this.#span.spanContext();
  }

  /** 32 hexadecimal digits. */
  get traceId(): string {
    return this.spanContext.traceId;
  }

  /** Adds the headers by which the next service takes part in the trace. */
  inject(headers: Record<string, string>): void {
    this.#tracer.propagator.inject(this.#context, headers, OUTGOING);
  }

  /** Runs a function with this span as the active one, without {@link CALLERS_OWN}: instrumentations of libraries send both. */
  run<Result>(work: () => Result): Result {
    return context.with(withoutCallersOwn(this.#context), work);
  }

  /** Ends and reports it, once. @param error a code, where it failed */
  end(error?: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (error !== undefined) {
      this.#span.setAttribute('error.type', error);
      if (FAULT.test(error)) this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end(this.#epochOffsetMs + monotonicNow());
  }
}

export interface Arrival {
  readonly headers: IncomingHttpHeaders;
  readonly name: string;
  readonly attributes: Attributes;
  readonly startedAt: MonotonicMs;
}

const INCOMING = {
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
};

/** The trace of one request. Its span begins once it is known whether the caller is trusted. */
export class RequestTrace {
  readonly #tracer: Tracer;
  readonly #arrival: Arrival;
  /** With the span that an HTTP instrumentation made for the request. */
  readonly #active: Context;
  #span: TraceSpan | undefined;
  #isBegun = false;

  /** @internal */
  constructor(tracer: Tracer, arrival: Arrival) {
    this.#tracer = tracer;
    this.#arrival = arrival;
    const active = context.active();
    this.#active = (active.getValue(ARRIVED_IN) as Context | undefined) ?? active;
  }

  /** Undefined before {@link begin}, and where the request is not recorded. */
  get span(): TraceSpan | undefined {
    return this.#span;
  }

  /**
   * Begins the span of the request, unless it has begun. Its parent is the active span of an instrumentation, or else the one
   * that the headers name.
   *
   * @param isTrusted false: the sampler decides as for a request without trace headers, and the span links to the caller's
   * @returns undefined where the sampler does not record it
   */
  begin(isTrusted: boolean): TraceSpan | undefined {
    if (this.#isBegun) return this.#span;
    this.#isBegun = true;
    const { otel, propagator } = this.#tracer;
    const { headers, name, attributes, startedAt } = this.#arrival;
    const hasLocalParent = trace.getSpan(this.#active) !== undefined;
    const sent = hasLocalParent ? this.#active : propagator.extract(this.#active, headers, INCOMING);
    const parent = isTrusted ? sent : this.#active;
    const caller = parent === sent ? undefined : trace.getSpanContext(sent);
    // Read anew for each trace, because the system's clock is corrected now and then.
    const epochOffsetMs = Date.now() - monotonicNow();
    const options = {
      kind: hasLocalParent ? SpanKind.INTERNAL : SpanKind.SERVER,
      attributes,
      links: caller === undefined ? [] : [{ context: caller }],
      startTime: epochOffsetMs + startedAt,
    };
    const span = otel.startSpan(name, options, parent);
    if (span.isRecording()) this.#span = new TraceSpan(this.#tracer, epochOffsetMs, span, parent);
    return this.#span;
  }
}

export class Tracer {
  /** @internal */
  readonly otel;
  /** @internal */
  readonly propagator: TextMapPropagator;

  /** @param propagator reads and writes trace headers */
  constructor(provider: TracerProvider, propagator: TextMapPropagator) {
    this.otel = provider.getTracer('voice-jobs-gateway', VERSION);
    this.propagator = propagator;
  }

  /** A request has arrived. To be called synchronously by its listener, where the span of an instrumentation is active. */
  request(arrival: Arrival): RequestTrace {
    return new RequestTrace(this, arrival);
  }

  /**
   * Runs a function without {@link CALLERS_OWN} that an HTTP instrumentation has read: instrumentations of clients would send
   * them on. The spans of a request that arrives in it have the `tracestate` all the same.
   */
  withoutCallersOwn<Result>(work: () => Result): Result {
    const active = context.active();
    if (trace.getSpan(active) === undefined && propagation.getBaggage(active) === undefined) return work();
    return context.with(withoutCallersOwn(active).setValue(ARRIVED_IN, active), work);
  }
}

/**
 * A tracer over the provider and the propagator that are registered for the whole process.
 *
 * @param failed takes what goes wrong with the headers of a request
 */
export function globalTracer(failed: FaultHandler): Tracer {
  // Subscribers are called in order: instrumentations from before the start have added their headers by then.
  subscribe('undici:request:create', guarded(keepLastTraceHeaders, failed));
  return new Tracer(trace.getTracerProvider(), propagation);
}

/**
 * Keeps the last of trace headers with one name: the instrumentation of undici adds a second `traceparent`, which recipients
 * would ignore.
 *
 * @param message of undici; `headers` of its request has names and values by turns
 */
function keepLastTraceHeaders(message: unknown): void {
  const { headers } = (message as { request: { headers: unknown } }).request;
  if (!Array.isArray(headers)) return;
  const names = new Set(propagation.fields());
  const seen = new Set<string>();
  for (let index = headers.length - 2; index >= 0; index -= 2) {
    const name = String(headers[index]).toLowerCase();
    if (!names.has(name)) continue;
    if (seen.has(name)) headers.splice(index, 2);
    seen.add(name);
  }
}
