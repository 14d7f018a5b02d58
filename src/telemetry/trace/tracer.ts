import { subscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders } from 'node:http';
import {
  type Context,
  context,
  createContextKey,
  type Link,
  type Tracer as OtelTracer,
  propagation,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type FaultHandler, guarded } from '../../guarded.ts';
import { VERSION } from '../../version.ts';

/** Attributes of a span. Never a secret, a variable's value or the text of a document. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** @see https://opentelemetry.io/docs/specs/otel/trace/api/#spankind */
export type Kind = 'internal' | 'server' | 'client';

const KINDS: Readonly<Record<Kind, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
};

/** Codes of the gateway's own failures and of the upstream's: these make a span an error, a caller's mistake does not. */
const FAULT = /^(UPSTREAM_|INTERNAL_|SERVICE_)/;

/** Headers that the upstream never gets: what callers' systems keep in them is not for a third party. */
const CALLERS_OWN: ReadonlySet<string> = new Set(['tracestate', 'baggage']);

const OUTGOING = {
  set(headers: Record<string, string>, name: string, value: string) {
    if (!CALLERS_OWN.has(name)) headers[name] = value;
  },
};

/** Context in which a request arrived, within the one that lacks what is the caller's own. */
const ARRIVED_IN = createContextKey('voice-jobs-gateway arrived in');

function arrivedIn(active: Context): Context {
  return (active.getValue(ARRIVED_IN) as Context | undefined) ?? active;
}

/** The same context with the same ids, without {@link CALLERS_OWN}. */
function withoutCallersOwn(full: Context): Context {
  const without = propagation.deleteBaggage(full);
  const span = trace.getSpanContext(full);
  if (span === undefined) return without;
  const { traceId, spanId, traceFlags } = span;
  return trace.setSpanContext(without, { traceId, spanId, traceFlags });
}

/** Channel on which undici publishes requests before it writes them. Instrumentations add trace headers there. */
const UNDICI_REQUESTS = 'undici:request:create';

/** What all spans of one request have in common. */
interface Shared {
  readonly tracer: OtelTracer;
  readonly propagator: TextMapPropagator;
  /** What is to be added to times of `performance.now()` to get milliseconds since 1970, the same for the whole trace. */
  readonly epochMs: number;
}

/**
 * A span of OpenTelemetry with the context that its children belong in. The context is passed along explicitly: reads are
 * shared by requests, so that the active context of an asynchronous call chain would often be another request's.
 */
export class TraceSpan {
  readonly #shared: Shared;
  readonly #span: Span;
  readonly #context: Context;
  #isEnded = false;

  /** @internal Spans are made by {@link RequestTrace} and by {@link TraceSpan.child}. */
  constructor(shared: Shared, span: Span, parent: Context) {
    this.#shared = shared;
    this.#span = span;
    this.#context = trace.setSpan(parent, span);
  }

  /** Begins a span within this one. It may outlive it. */
  child(name: string, kind: Kind, attributes: Attributes): TraceSpan {
    const { tracer, epochMs } = this.#shared;
    const startTime = epochMs + performance.now();
    const span = tracer.startSpan(name, { kind: KINDS[kind], attributes, startTime }, this.#context);
    return new TraceSpan(this.#shared, span, this.#context);
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
    this.#shared.propagator.inject(this.#context, headers, OUTGOING);
  }

  /**
   * Runs a function with this span as the active one, for instrumentations of the libraries that it calls. They write the active
   * context into requests, so that it has neither the baggage of the caller nor the `tracestate`.
   */
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
    this.#span.end(this.#shared.epochMs + performance.now());
  }
}

/** How a request arrived, for its span. */
export interface Arrival {
  readonly headers: IncomingHttpHeaders;
  readonly name: string;
  readonly attributes: Attributes;
  /** Of `performance.now()`. */
  readonly startedAt: number;
}

/**
 * The trace of one request. Its span begins, with the time of the arrival, once it is known whether the caller is to be
 * trusted: only then does it count what the caller decided about the trace.
 */
export class RequestTrace {
  readonly #tracer: OtelTracer;
  readonly #propagator: TextMapPropagator;
  readonly #arrival: Arrival;
  /** In which an HTTP instrumentation, where there is one, has put its own span of this request. */
  readonly #active = arrivedIn(context.active());
  #span: TraceSpan | undefined;
  #isBegun = false;

  /** @internal */
  constructor(tracer: OtelTracer, propagator: TextMapPropagator, arrival: Arrival) {
    this.#tracer = tracer;
    this.#propagator = propagator;
    this.#arrival = arrival;
  }

  /** Undefined before {@link begin}, and where the request is not recorded. */
  get span(): TraceSpan | undefined {
    return this.#span;
  }

  /**
   * Begins the span of the request, unless it has begun. Its parent is the active span of an instrumentation, or else the one
   * that the headers name.
   *
   * @param isTrusted false: the headers decide nothing. The sampler decides as for a request without them, and the span of a
   *   trace of its own links to the caller's
   * @returns undefined where the sampler does not record it
   */
  begin(isTrusted: boolean): TraceSpan | undefined {
    if (this.#isBegun) return this.#span;
    this.#isBegun = true;
    const { headers, name, attributes, startedAt } = this.#arrival;
    const hasLocalParent = trace.getSpan(this.#active) !== undefined;
    const sent = hasLocalParent ? this.#active : this.#propagator.extract(this.#active, headers, INCOMING);
    const parent = isTrusted ? sent : this.#active;
    const links: Link[] = [];
    if (parent !== sent) {
      const callers = trace.getSpanContext(sent);
      if (callers !== undefined) links.push({ context: callers });
    }
    // Read anew for each trace, because the system's clock is corrected now and then.
    const epochMs = Date.now() - performance.now();
    const kind = hasLocalParent ? SpanKind.INTERNAL : SpanKind.SERVER;
    const span = this.#tracer.startSpan(
      name,
      { kind, attributes, links, startTime: epochMs + startedAt },
      parent,
    );
    if (span.isRecording())
      this.#span = new TraceSpan(
        { tracer: this.#tracer, propagator: this.#propagator, epochMs },
        span,
        parent,
      );
    return this.#span;
  }
}

const INCOMING = {
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
};

/** Makes the traces of requests. */
export class Tracer {
  readonly #tracer: OtelTracer;
  readonly #propagator: TextMapPropagator;

  /** @param propagator reads and writes trace headers */
  constructor(provider: TracerProvider, propagator: TextMapPropagator) {
    this.#tracer = provider.getTracer('voice-jobs-gateway', VERSION);
    this.#propagator = propagator;
  }

  /** A request has arrived. To be called synchronously by its listener, where the span of an instrumentation is active. */
  request(arrival: Arrival): RequestTrace {
    return new RequestTrace(this.#tracer, this.#propagator, arrival);
  }

  /**
   * Runs a function without the baggage and the `tracestate` that an HTTP instrumentation has read from the headers of a caller.
   * Otherwise the instrumentations of clients would send them to every host that the function asks. The spans of a request that
   * arrives in it have the `tracestate` all the same.
   */
  withoutCallersOwn<Result>(work: () => Result): Result {
    const active = context.active();
    if (trace.getSpan(active) === undefined && propagation.getBaggage(active) === undefined) return work();
    return context.with(withoutCallersOwn(active).setValue(ARRIVED_IN, active), work);
  }
}

/** The provider that is registered for the whole process. */
export function globalProvider(): TracerProvider {
  return trace.getTracerProvider();
}

/**
 * A tracer over what is registered for the whole process: provider and propagator.
 *
 * @param failed takes what goes wrong with the headers of a request
 */
export function globalTracer(failed: FaultHandler): Tracer {
  // Subscribers are called in the order of their subscription: those of instrumentations that were there before the start have
  // added their headers by then.
  subscribe(UNDICI_REQUESTS, guarded(keepLastTraceHeaders, failed));
  return new Tracer(globalProvider(), {
    inject: (...args) => propagation.inject(...args),
    extract: (...args) => propagation.extract(...args),
    fields: () => propagation.fields(),
  });
}

/**
 * Removes all but the last of trace headers with one name. The instrumentation of undici adds a second `traceparent`, of a span
 * within the gateway's, and recipients ignore a `traceparent` that comes twice.
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
