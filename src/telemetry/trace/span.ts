import { newSpanId } from './ids.ts';
import type { TraceParent } from './trace-context.ts';

/** Values that say something about a span. Never a secret, a variable's value or the text of a document. */
export type Attributes = Record<string, string | number | boolean | undefined>;

/** What a span stands for. @see https://opentelemetry.io/docs/specs/otel/trace/api/#spankind */
export type SpanKind = 'internal' | 'server' | 'client';

/** What a span belongs to. */
export interface TraceOf {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** As the caller sent it; empty where it did not. @see https://www.w3.org/TR/trace-context/#tracestate-header */
  readonly traceState: string;
  /** What is to be added to times of `performance.now()` to get milliseconds since 1970. */
  readonly epochMs: number;
  /** Takes each span when it has ended. */
  readonly report: (span: TraceSpan) => void;
}

/**
 * A part of the work for one request, with a beginning and an end. Times are milliseconds of `performance.now()`. What does
 * not end is not reported.
 */
export class TraceSpan {
  readonly trace: TraceOf;
  readonly spanId = newSpanId();
  /** 16 hexadecimal digits; undefined for a span that begins its trace. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly startedAt = performance.now();
  /** Spans whose work this one shared. */
  readonly links: TraceSpan[] = [];
  /** Undefined until it has ended. */
  endedAt: number | undefined;
  /** What went wrong, as a code; undefined where nothing did. */
  error: string | undefined;

  constructor(
    trace: TraceOf,
    parentSpanId: string | undefined,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
  ) {
    this.trace = trace;
    this.parentSpanId = parentSpanId;
    this.name = name;
    this.kind = kind;
    this.attributes = attributes;
  }

  /** Begins a span within this one. It may outlive it. */
  child(name: string, kind: SpanKind, attributes: Attributes): TraceSpan {
    return new TraceSpan(this.trace, this.spanId, name, kind, attributes);
  }

  /** Ends it and reports it; once. @param error a code, where it failed */
  end(error?: string): void {
    if (this.endedAt !== undefined) return;
    this.endedAt = performance.now();
    this.error = error;
    this.trace.report(this);
  }

  /** As the next one is to be told. */
  get parent(): TraceParent {
    return { traceId: this.trace.traceId, spanId: this.spanId, isSampled: true };
  }
}
