import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { MetricSet } from '../metric-set.ts';
import type { OtlpHttp } from './otlp-http.ts';
import type { Sampling } from './sampler.ts';
import { SpanQueue } from './span-queue.ts';
import { Tracer } from './tracer.ts';

/** Makes traces and sends them. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what has not been sent yet, as far as that takes no longer than 2 s. */
  close(): Promise<void>;
}

/**
 * Traces of one gateway.
 *
 * @param endpoint of a collector, as in `http://collector:4318`
 */
export function createTracing(
  endpoint: string,
  sampling: Sampling,
  metrics: MetricSet,
  log: Logger,
): Tracing {
  const resource = {
    'service.name': 'voice-jobs-gateway',
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
  };
  let exporter: Promise<OtlpHttp> | undefined;
  const load = async () => new (await import('./otlp-http.ts')).OtlpHttp(endpoint, resource);
  const queue = new SpanQueue(
    async (spans) => {
      exporter ??= load();
      await (await exporter).send(spans);
    },
    (problem) => {
      if (problem === undefined) log.info('traces are sent again');
      else log.warn({ reason: problem }, 'traces cannot be sent; some may be lost');
    },
  );
  metrics.show('counter', 'trace_spans_total', 'Spans of traces, by what became of them.', ['outcome'], () =>
    Object.entries(queue.counts).map(([outcome, times]) => ({ values: [outcome], times })),
  );
  return {
    tracer: new Tracer(sampling, queue.add),
    async close() {
      await queue.close();
      (await exporter)?.close();
    },
  };
}
