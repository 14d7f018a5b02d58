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

/** Codes that set the span status to error: failures of the gateway and of the upstream, not mistakes of callers. */
const FAULT = /^(UPSTREAM_|INTERNAL_|SERVICE_)/;

/** Headers that are never sent to the upstream, because they contain data of callers' systems. */
const CALLERS_OWN: ReadonlySet<string> = new Set(['tracestate', 'baggage']);

const OUTGOING = {
  set(headers: Record<string, string>, name: string, value: string) {
    if (!CALLERS_OWN.has(name)) headers[name] = value;
  },
};

/** Context key of the full context of a request, in a context without {@link CALLERS_OWN}. */
const ARRIVED_IN = createContextKey('voice-jobs-gateway arrived in');

function withoutCallersOwn(full: Context): Context {
  const without = propagation.deleteBaggage(full);
  const span = trace.getSpanContext(full);
  if (span === undefined) return without;
  const { traceId, spanId, traceFlags } = span;
  return trace.setSpanContext(without, { traceId, spanId, traceFlags });
}

/**
 * A span with the context for its children. It is passed explicitly: requests share reads, so the active context of an asynchronous
 * call chain would often belong to another request.
 */
export class TraceSpan {
  readonly #tracer: Tracer;
  readonly #epochOffsetMs: number;
  readonly #span: Span;
  readonly #context: Context;
  #isEnded = false;

  /**
   * @internal
   * @param epochOffsetMs offset from the monotonic clock to milliseconds since 1970, constant within a trace
   */
  constructor(tracer: Tracer, epochOffsetMs: number, span: Span, parent: Context) {
    this.#tracer = tracer;
    this.#epochOffsetMs = epochOffsetMs;
    this.#span = span;
    this.#context = trace.setSpan(parent, span);
  }

  /** Starts a child span, which may end later than this span. */
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

  /** Links this span to the span whose work it shared. */
  link(origin: SpanContext): void {
    this.#span.addLink({ context: origin });
  }

  /** Ids of the span, valid after its end too. */
  get spanContext(): SpanContext {
    return this.#span.spanContext();
  }

  /** 32 hexadecimal digits. */
  get traceId(): string {
    return this.spanContext.traceId;
  }

  /** Adds the trace propagation headers. */
  inject(headers: Record<string, string>): void {
    this.#tracer.propagator.inject(this.#context, headers, OUTGOING);
  }

  /** Runs a function with this span active, without {@link CALLERS_OWN}, which instrumentations would otherwise send. */
  run<Result>(work: () => Result): Result {
    return context.with(withoutCallersOwn(this.#context), work);
  }

  /** Ends the span; further calls have no effect. @param error code of a failure */
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

/** An incoming request, for its span. */
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

/** Trace of one request. Its span starts once it is known whether the caller is trusted. */
export class RequestTrace {
  readonly #tracer: Tracer;
  readonly #arrival: Arrival;
  /** Context with the span of an HTTP instrumentation, if there is one. */
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

  /** Undefined before {@link begin}, and if the request is not sampled. */
  get span(): TraceSpan | undefined {
    return this.#span;
  }

  /**
   * Starts the span of the request, once. Its parent is the active span of an instrumentation, or else the one in the headers.
   *
   * @param isTrusted if false, the sampler decides as without trace headers, and the span links to the caller's span
   * @returns undefined if the request is not sampled
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
    // Computed per trace, because the system clock may be adjusted.
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

/** Creates the spans of requests. */
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

  /** Starts the trace of a request. Call it synchronously in the listener, while the span of an instrumentation is active. */
  request(arrival: Arrival): RequestTrace {
    return new RequestTrace(this, arrival);
  }

  /**
   * Runs a function in a context without {@link CALLERS_OWN} that an HTTP instrumentation extracted, because client instrumentations
   * would send them. Spans of a request that is traced in it still have the `tracestate`.
   */
  withoutCallersOwn<Result>(work: () => Result): Result {
    const active = context.active();
    if (trace.getSpan(active) === undefined && propagation.getBaggage(active) === undefined) return work();
    return context.with(withoutCallersOwn(active).setValue(ARRIVED_IN, active), work);
  }
}

/**
 * Creates a tracer for the globally registered provider and propagator.
 *
 * @param failed receives errors of the header cleanup
 */
export function globalTracer(failed: FaultHandler): Tracer {
  // Subscribers are called in order, so earlier instrumentations have added their headers by then.
  subscribe('undici:request:create', guarded(keepLastTraceHeaders, failed));
  return new Tracer(trace.getTracerProvider(), propagation);
}

/**
 * Removes duplicate trace headers and keeps the last of each name: the instrumentation of undici adds a second `traceparent`, and
 * recipients would ignore both.
 *
 * @param message of undici; `headers` of its request alternates names and values
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
