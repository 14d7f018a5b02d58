import { type Counter, createNoopMeter, DiagLogLevel, diag, type MeterProvider } from '@opentelemetry/api';
import {
  CompositePropagator,
  diagLogLevelFromString,
  ExportResultCode,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  createOtlpHttpExportDelegate,
  httpAgentFactoryFromOptions,
} from '@opentelemetry/otlp-exporter-base/node-http';
import {
  JsonTraceSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from '@opentelemetry/otlp-transformer';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import {
  defaultResource,
  detectResources,
  hostDetector,
  osDetector,
  processDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import { readRegularFile } from '../../regular-file.ts';
import { USER_AGENT, VERSION } from '../../version.ts';
import type { OtelValues, TracingOptions } from './otel-variables.ts';
import { Tracer } from './tracer.ts';

/** Exported spans by outcome. */
export interface SpanCounts {
  /** Accepted by the collector. */
  sent: number;
  /** Lost, because the queue was full or the collector rejected them. */
  dropped: number;
}

/** Maximum number of concurrent exports. Only a flush sends more than one batch. */
const CONCURRENT_EXPORTS = 30;

/** Minimum interval between log lines about the collector, or of the SDK, in milliseconds. */
const LOG_INTERVAL_MS = 60_000;

/**
 * Creates the OpenTelemetry SDK of one gateway from its components. `NodeSDK` would read the variables itself, but registers globally and
 * includes exporters for logs, metrics, gRPC and Zipkin (docs/decisions.md).
 *
 * @returns `shutdown` flushes queued spans and takes as long as the exporter
 */
export function startSdk({ url, variables }: TracingOptions, log: Logger) {
  logDiagnostics(log, variables.OTEL_LOG_LEVEL);
  const counts: SpanCounts = { sent: 0, dropped: 0 };
  const provider = new TracerProvider({
    resource: resourceOf(variables),
    sampler: samplerOf(variables),
    spanLimits: {
      attributeCountLimit: variables.OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT ?? variables.OTEL_ATTRIBUTE_COUNT_LIMIT,
      attributeValueLengthLimit:
        variables.OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT ??
        variables.OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT ??
        Number.POSITIVE_INFINITY,
      linkCountLimit: variables.OTEL_SPAN_LINK_COUNT_LIMIT,
    },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: reportingExporter(url, variables, counts, log),
        scheduledDelayMillis: variables.OTEL_BSP_SCHEDULE_DELAY,
        exportTimeoutMillis: variables.OTEL_BSP_EXPORT_TIMEOUT,
        maxQueueSize: variables.OTEL_BSP_MAX_QUEUE_SIZE,
        maxExportBatchSize: variables.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
        selfObsMeterProvider: countingQueueOverflow(counts),
      }),
    ],
  });
  const tracer = new Tracer(provider, propagatorOf(variables.OTEL_PROPAGATORS));
  return { tracer, counts, shutdown: () => provider.shutdown() };
}

/**
 * An OTLP exporter that counts spans and logs failures: at the first, once per minute, and at the recovery. It reports success to the
 * processor in any case, which would otherwise log texts of the collector.
 */
function reportingExporter(
  url: string,
  variables: OtelValues,
  counts: SpanCounts,
  log: Logger,
): SpanExporter {
  const isJson =
    (variables.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? variables.OTEL_EXPORTER_OTLP_PROTOCOL) === 'http/json';
  const serializer = isJson ? JsonTraceSerializer : ProtobufTraceSerializer;
  let rejectedSpans = 0;
  let isFailing = false;
  let mayLog = atMostEvery(LOG_INTERVAL_MS);

  const exporter = new OTLPExporterBase(
    createOtlpHttpExportDelegate(
      {
        url,
        headers: async () => ({
          ...variables.OTEL_EXPORTER_OTLP_HEADERS,
          ...variables.OTEL_EXPORTER_OTLP_TRACES_HEADERS,
          'content-type': isJson ? 'application/json' : 'application/x-protobuf',
        }),
        compression:
          variables.OTEL_EXPORTER_OTLP_TRACES_COMPRESSION ?? variables.OTEL_EXPORTER_OTLP_COMPRESSION,
        timeoutMillis: variables.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? variables.OTEL_EXPORTER_OTLP_TIMEOUT,
        concurrencyLimit: CONCURRENT_EXPORTS,
        agentFactory: httpAgentFactoryFromOptions({ keepAlive: true, ...readPemFiles(variables, log) }),
        userAgent: USER_AGENT,
      },
      {
        serializeRequest: (spans: ReadableSpan[]) => serializer.serializeRequest(spans),
        // Called only for status 2xx, in the same event loop turn before success is reported.
        deserializeResponse(body) {
          rejectedSpans = rejectedIn(body, isJson);
          return {};
        },
      },
      'otlp_http_span_exporter',
      TraceExporterMetricsHelper,
      undefined,
    ),
  );

  const lost = (spans: number, reason: string) => {
    counts.dropped += spans;
    isFailing = true;
    if (mayLog())
      log.warn({ reason, dropped: counts.dropped }, 'trace spans could not be exported and were dropped');
  };
  return {
    export(spans, done) {
      exporter.export(spans, ({ code, error }) => {
        const rejected = Math.min(rejectedSpans, spans.length);
        rejectedSpans = 0;
        if (code !== ExportResultCode.SUCCESS) lost(spans.length, reasonOf(error));
        else {
          counts.sent += spans.length - rejected;
          if (rejected > 0) lost(rejected, 'partial success');
          else {
            if (isFailing) log.info('trace export resumed');
            isFailing = false;
            mayLog = atMostEvery(LOG_INTERVAL_MS);
          }
        }
        done({ code: ExportResultCode.SUCCESS });
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

/** Number of spans rejected in a partial success; 0 if the response cannot be parsed. */
function rejectedIn(body: Uint8Array, isJson: boolean): number {
  try {
    // The SDK's JSON parser would log the response.
    const response: unknown = isJson
      ? JSON.parse(new TextDecoder().decode(body))
      : ProtobufTraceSerializer.deserializeResponse(body);
    const rejected = Math.trunc(Number(Object(Object(response).partialSuccess).rejectedSpans));
    return rejected > 0 ? rejected : 0;
  } catch {
    return 0;
  }
}

/** Reason of a failed export, without texts of the collector: a status, a system error code, or the exporter's own message. */
function reasonOf(error: unknown): string {
  const { code, message } = Object(error);
  if (typeof code === 'number') return `HTTP ${code}`;
  return typeof code === 'string' ? code : String(message ?? 'unknown');
}

/** Returns a function that returns true at most once per interval. */
function atMostEvery(intervalMs: number): () => boolean {
  let last: MonotonicMs | undefined;
  return () => {
    const now = monotonicNow();
    if (last !== undefined && now - last < intervalMs) return false;
    last = now;
    return true;
  };
}

/** Header of a PEM file. @see https://www.rfc-editor.org/rfc/rfc7468#section-2 */
const PEM = /^-----BEGIN [A-Z0-9 ]{1,60}-----$/m;

/** Reads certificates and keys; the file for traces takes precedence. Logs a warning for an unusable file. */
function readPemFiles(variables: OtelValues, log: Logger) {
  const read = (kind: 'CERTIFICATE' | 'CLIENT_CERTIFICATE' | 'CLIENT_KEY') => {
    for (const name of [`OTEL_EXPORTER_OTLP_TRACES_${kind}`, `OTEL_EXPORTER_OTLP_${kind}`] as const) {
      const file = variables[name];
      if (file === undefined) continue;
      const { content, problem = 'is not PEM' } = readRegularFile(file);
      if (content !== undefined && PEM.test(content)) return content;
      log.warn(`${name}: the file ${JSON.stringify(file)} ${problem}. Traces are exported without it.`);
    }
    return undefined;
  };
  return { ca: read('CERTIFICATE'), cert: read('CLIENT_CERTIFICATE'), key: read('CLIENT_KEY') };
}

/** A meter that counts spans dropped by a full queue, which the processor reports only as a metric. */
function countingQueueOverflow(counts: SpanCounts): MeterProvider {
  const counter: Counter = {
    add(spans, attributes) {
      if (attributes?.['error.type'] === 'queue_full') counts.dropped += spans;
    },
  };
  return { getMeter: () => Object.assign(createNoopMeter(), { createCounter: () => counter }) };
}

const DETECTORS = {
  service: [serviceInstanceIdDetector],
  host: [hostDetector, osDetector],
  process: [processDetector],
};

/** The resource. Configured attributes take precedence over detected ones, and OTEL_SERVICE_NAME over all. */
function resourceOf(variables: OtelValues): Resource {
  const { OTEL_SERVICE_NAME: name, OTEL_NODE_RESOURCE_DETECTORS: names } = variables;
  const detectors = (['service', 'host', 'process'] as const)
    .filter((known) => names.includes(known) || names.includes('all'))
    .flatMap((known) => DETECTORS[known]);
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'voice-jobs-gateway', 'service.version': VERSION }))
    .merge(detectResources({ detectors }))
    .merge(resourceFromAttributes(variables.OTEL_RESOURCE_ATTRIBUTES ?? {}))
    .merge(resourceFromAttributes(name === undefined ? {} : { 'service.name': name }));
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: OtelValues): Sampler {
  const root = name.endsWith('always_on')
    ? new AlwaysOnSampler()
    : name.endsWith('always_off')
      ? new AlwaysOffSampler()
      : new TraceIdRatioBasedSampler(ratio);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

/** The propagators, without `baggage`, which the gateway neither uses nor forwards. */
function propagatorOf(names: OtelValues['OTEL_PROPAGATORS']): CompositePropagator {
  const known = {
    tracecontext: () => [new W3CTraceContextPropagator()],
    baggage: () => [],
    b3: () => [new B3Propagator()],
    b3multi: () => [new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER })],
  };
  return new CompositePropagator({ propagators: [...new Set(names)].flatMap((name) => known[name]()) });
}

/** Start of the SDK's message that continues with the collector's reason phrase or certificate names. */
const NON_RETRYABLE_PREFIX = 'Export failed with non-retryable error';

/** Logs the SDK's messages as `detail`, which the log masks: at most one warning or error and one `info` per minute. */
function logDiagnostics(log: Logger, level: OtelValues['OTEL_LOG_LEVEL']): void {
  const at = (logLevel: 'warn' | 'info' | 'debug', intervalMs: number) => {
    const mayLog = atMostEvery(intervalMs);
    return (...parts: unknown[]) => {
      if (!mayLog()) return;
      // Other arguments are spans, responses of collectors and the like.
      const text = parts.filter((part) => typeof part === 'string').join(' ');
      const detail = text.startsWith(NON_RETRYABLE_PREFIX) ? NON_RETRYABLE_PREFIX : text;
      log[logLevel]({ source: 'OpenTelemetry', detail }, 'OpenTelemetry SDK message');
    };
  };
  const [warn, debug] = [at('warn', LOG_INTERVAL_MS), at('debug', 0)];
  const logger = { error: warn, warn, info: at('info', LOG_INTERVAL_MS), debug, verbose: debug };
  diag.setLogger(logger, {
    logLevel: diagLogLevelFromString(level) ?? DiagLogLevel.INFO,
    suppressOverrideMessage: true,
  });
}
