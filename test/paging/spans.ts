import { SpanKind } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { monotonicNow } from '../../src/clock.ts';
import { Tracer, type TraceSpan } from '../../src/telemetry/trace/tracer.ts';

/** A tracer whose spans stay in memory. */
export function spansOf() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = new Tracer(provider, new W3CTraceContextPropagator());
  return {
    /** The span of a request, which goes on. */
    request(): TraceSpan {
      const arrival = { headers: {}, name: 'request', attributes: {}, startedAt: monotonicNow() };
      const span = tracer.request(arrival).begin(true);
      if (span === undefined) throw new Error('the request is not sampled');
      return span;
    },
    /** The spans that have ended, in this order. */
    finished: () => exporter.getFinishedSpans(),
    /** {@link finished}, in short. */
    ended: () =>
      exporter.getFinishedSpans().map(({ name, kind, attributes }) => ({
        name,
        kind: kind === SpanKind.CLIENT ? 'client' : 'internal',
        attributes,
      })),
  };
}
