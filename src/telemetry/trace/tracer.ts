import type { IncomingHttpHeaders } from 'node:http';
import { newTraceId } from './ids.ts';
import { isSampled, type Sampling } from './sampler.ts';
import { type Attributes, TraceSpan } from './span.ts';
import { readTraceparent, readTracestate } from './trace-context.ts';

/** Begins the traces of requests. */
export class Tracer {
  readonly #sampling: Sampling;
  readonly #report: (span: TraceSpan) => void;

  /** @param report takes each span when it has ended */
  constructor(sampling: Sampling, report: (span: TraceSpan) => void) {
    this.#sampling = sampling;
    this.#report = report;
  }

  /** Whether a trace that begins here would be recorded, whatever any caller sent. Another answer each time, by the ratio. */
  samplesRoot(): boolean {
    return isSampled(this.#sampling, newTraceId(), undefined);
  }

  /**
   * The span of a request that has come, within the caller's trace where it came with one; undefined where it is not to be
   * traced.
   *
   * @see https://www.w3.org/TR/trace-context/#a-traceparent-is-received
   */
  request(headers: IncomingHttpHeaders, name: string, attributes: Attributes): TraceSpan | undefined {
    // Node joins what is sent twice, which then is none.
    const parent = readTraceparent(headers.traceparent as string | undefined);
    const traceId = parent?.traceId ?? newTraceId();
    if (!isSampled(this.#sampling, traceId, parent)) return undefined;
    const traceState = parent === undefined ? '' : readTracestate(headers.tracestate);
    // Read anew for each trace, because the system's clock is put right now and then.
    const epochMs = Date.now() - performance.now();
    const trace = { traceId, traceState, epochMs, report: this.#report };
    return new TraceSpan(trace, parent?.spanId, name, 'server', attributes);
  }
}
