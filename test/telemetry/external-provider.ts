/**
 * Registers a tracer provider as another program would: `node --import ./external-provider.ts src/main.ts`. Prints each span
 * as a line on stderr. With HTTP_SPANS=yes each incoming request has an active span, as with
 * @opentelemetry/instrumentation-http. With UNDICI_SPANS=yes requests of undici have the spans and headers of
 * @opentelemetry/instrumentation-undici; with UNDICI_LISTENER=yes a subscriber receives them and adds nothing.
 */
import { subscribe } from 'node:diagnostics_channel';
import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import process from 'node:process';
import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  ExportResultCode,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** Properties of a printed span. */
export interface ExternalSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly scope: { readonly name: string; readonly version?: string };
}

const provider = new TracerProvider({
  spanProcessors: [
    new BatchSpanProcessor({
      // Spans are only sent on a flush.
      scheduledDelayMillis: 86_400_000,
      exporter: {
        export(spans, done) {
          for (const span of spans) {
            const { name, kind, parentSpanContext, instrumentationScope: scope } = span;
            const { traceId, spanId, traceState } = span.spanContext();
            const line: ExternalSpan = {
              name,
              kind,
              traceId,
              spanId,
              parentSpanId: parentSpanContext?.spanId,
              traceState: traceState?.serialize(),
              scope,
            };
            process.stderr.write(`span ${JSON.stringify(line)}\n`);
          }
          done({ code: ExportResultCode.SUCCESS });
        },
        shutdown: async () => {},
      },
    }),
  ],
});
trace.setGlobalTracerProvider(provider);
propagation.setGlobalPropagator(
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

if (process.env.UNDICI_SPANS === 'yes') new UndiciInstrumentation().setTracerProvider(provider);
if (process.env.UNDICI_LISTENER === 'yes') subscribe('undici:request:create', () => {});

if (process.env.HTTP_SPANS === 'yes') {
  const tracer = trace.getTracer('http of a test');
  const emit: (this: Server, event: string | symbol, ...args: unknown[]) => boolean = Server.prototype
    .emit as never;
  Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'request') return emit.call(this, event, ...args);
    const [{ headers }, response] = args as [IncomingMessage, ServerResponse];
    const parent = propagation.extract(context.active(), headers);
    const span = tracer.startSpan('http', { kind: SpanKind.SERVER }, parent);
    response.once('close', () => span.end());
    return context.with(trace.setSpan(parent, span), () => emit.call(this, event, ...args));
  };
}
