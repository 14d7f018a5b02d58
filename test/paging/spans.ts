import { SpanKind } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { monotonicNow } from '../../src/clock.ts';
import { Tracer, type TraceSpan } from '../../src/telemetry/trace/tracer.ts';

/** A tracer that collects its spans in memory. */
export function spansOf() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = new Tracer(provider, new W3CTraceContextPropagator());
  return {
    /** Starts the span of a request, which does not end. */
    request(): TraceSpan {
      const arrival = { headers: {}, name: 'request', attributes: {}, startedAt: monotonicNow() };
      const span = tracer.request(arrival).begin(true);
      if (span === undefined) throw new Error('the request is not sampled');
      return span;
    },
    /** The ended spans, in order. */
    finished: () => exporter.getFinishedSpans(),
    /** {@link finished} in short form. */
    ended: () =>
      exporter.getFinishedSpans().map(({ name, kind, attributes }) => ({
        name,
        kind: kind === SpanKind.CLIENT ? 'client' : 'internal',
        attributes,
      })),
  };
}
