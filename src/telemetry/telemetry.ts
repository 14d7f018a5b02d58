import type { Logger } from 'pino';
import type { Observer } from '../observer.ts';
import { observeData } from './data-metrics.ts';
import { observeLive } from './live-metrics.ts';
import { MetricSet } from './metric-set.ts';
import { processMetrics } from './process-metrics.ts';
import type { SpanCounts } from './trace/sdk.ts';
import { observeUpstream } from './upstream-metrics.ts';

/** Counts and logs what the inner rooms tell. */
export interface Telemetry {
  readonly observer: Observer;
  /** Where whoever counts by itself shows what it has counted. */
  readonly metrics: MetricSet;
  /** All metrics in Prometheus' text format, those of the process included. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Builds the metrics of one gateway; several in one process share none but those of the process. */
export function createTelemetry(log: Logger): Telemetry {
  const metrics = new MetricSet();
  return {
    observer: {
      ...observeUpstream(metrics, log),
      ...observeData(metrics, log),
      ...observeLive(metrics, log),
    },
    metrics,
    text: async () => `${await metrics.text()}\n${await processMetrics()}`,
    contentType: metrics.contentType,
  };
}

/** Shows what became of the spans that this gateway sends by itself. */
export function showSpans(metrics: MetricSet, counts: SpanCounts): void {
  metrics.show(
    'counter',
    'trace_spans_total',
    'Spans of traces, by what became of them.',
    ['outcome'],
    () => [
      { values: ['sent'], times: counts.sent },
      { values: ['dropped'], times: counts.dropped },
    ],
  );
}
