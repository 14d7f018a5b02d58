import { type Counter, createNoopMeter, DiagLogLevel, diag, type MeterProvider } from '@opentelemetry/api';
import {
  CompositePropagator,
  type ExportResult,
  ExportResultCode,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  createOtlpHttpExportDelegate,
  httpAgentFactoryFromOptions,
} from '@opentelemetry/otlp-exporter-base/node-http';
import {
  type IExportTraceServiceResponse,
  type ISerializer,
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
  type ResourceDetector,
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
import { readRegularFile } from '../../regular-file.ts';
import { USER_AGENT, VERSION } from '../../version.ts';
import { Tracer } from './tracer.ts';
import type { PemFile, SamplerOptions, SpanCounts, TracingOptions } from './tracing-options.ts';

/** The default of `service.name`. */
const SERVICE = 'voice-jobs-gateway';

/** Batches that may be under way at once. Only a flush sends more than one. */
const CONCURRENT_EXPORTS = 30;

/** How often the log may say the same of a collector or of the SDK, in milliseconds. */
const LOG_INTERVAL_MS = 60_000;

/** The SDK of one gateway. It is not registered for the process: spans of other programs are no business of this one. */
export interface Sdk {
  readonly tracer: Tracer;
  readonly counts: SpanCounts;
  /** Sends the spans that wait, and ends. May take as long as the exporter does. */
  shutdown(): Promise<void>;
}

/** Builds provider, processor, exporter and propagator. The SDK's own messages go to the log. */
export function startSdk(options: TracingOptions, log: Logger): Sdk {
  diagTo(log, options.logLevel);
  const counts: SpanCounts = { sent: 0, dropped: 0 };
  const { scheduleDelayMs, exportTimeoutMs, maxQueueSize, maxExportBatchSize } = options.batch;
  const tls = readPemFiles(options.tls, log);
  const response = new ResponseReader(options.protocol);
  const provider = new TracerProvider({
    resource: resourceOf(options),
    sampler: samplerOf(options.sampler),
    spanLimits: withoutUndefined(options.spanLimits),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new ReportingExporter(exporterOf(options, tls, response), response, counts, log),
        scheduledDelayMillis: scheduleDelayMs,
        exportTimeoutMillis: exportTimeoutMs,
        maxQueueSize,
        maxExportBatchSize,
        selfObsMeterProvider: countingQueueOverflow(counts),
      }),
    ],
  });
  return {
    tracer: new Tracer(provider, propagatorOf(options.propagators)),
    counts,
    shutdown: () => provider.shutdown(),
  };
}

/** With every option given, none is read from the environment a second time. */
function exporterOf(
  { url, headers, protocol, compression, timeoutMs }: TracingOptions,
  tls: object,
  response: ResponseReader,
): SpanExporter {
  return new OTLPExporterBase(
    createOtlpHttpExportDelegate(
      {
        url,
        headers: async () => ({ ...headers, 'content-type': CONTENT_TYPES[protocol] }),
        compression,
        timeoutMillis: timeoutMs,
        concurrencyLimit: CONCURRENT_EXPORTS,
        agentFactory: httpAgentFactoryFromOptions({ keepAlive: true, ...tls }),
        userAgent: USER_AGENT,
      },
      response,
      'otlp_http_span_exporter',
      TraceExporterMetricsHelper,
      undefined,
    ),
  );
}

/** Reads certificates and keys. The log warns of a file that is ignored; a bad one never prevents the start. */
function readPemFiles({ ca, cert, key }: TracingOptions['tls'], log: Logger): object {
  const read = (files: readonly PemFile[]) => {
    for (const { variable, file } of files) {
      const { content, problem = 'is not PEM' } = readRegularFile(file);
      if (content !== undefined && PEM.test(content)) return content;
      log.warn(`${variable}: ignored ${JSON.stringify(file)}, which ${problem}; traces are sent without it`);
    }
    return undefined;
  };
  return withoutUndefined({ ca: read(ca), cert: read(cert), key: read(key) });
}

/** The begin of a certificate or a key. @see https://www.rfc-editor.org/rfc/rfc7468#section-2 */
const PEM = /^-----BEGIN [A-Z0-9 ]{1,60}-----$/m;

const CONTENT_TYPES: Readonly<Record<TracingOptions['protocol'], string>> = {
  'http/json': 'application/json',
  'http/protobuf': 'application/x-protobuf',
};

/**
 * Serializes spans and reads the responses of status 2xx. The exporter would log a partial success, and a response that cannot
 * be parsed, in the collector's words; here it learns of neither.
 */
class ResponseReader implements ISerializer<ReadableSpan[], IExportTraceServiceResponse> {
  readonly #protocol: TracingOptions['protocol'];
  #rejectedSpans = 0;

  constructor(protocol: TracingOptions['protocol']) {
    this.#protocol = protocol;
  }

  serializeRequest(spans: ReadableSpan[]): Uint8Array | undefined {
    const serializer = this.#protocol === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer;
    return serializer.serializeRequest(spans);
  }

  /** The exporter reports success in the same turn of the event loop, so that two batches are never confused. */
  deserializeResponse(body: Uint8Array): IExportTraceServiceResponse {
    try {
      const { partialSuccess } = Object(this.#parse(body));
      this.#rejectedSpans = Number(Object(partialSuccess).rejectedSpans ?? 0);
    } catch {
      // The status says that the spans were accepted.
    }
    return {};
  }

  /**
   * Returns how many spans of the batch that was accepted just now the collector rejected, and forgets it.
   *
   * @param spans in that batch
   * @returns 0..spans, whatever the collector said
   */
  takeRejected(spans: number): number {
    const rejected = Math.trunc(this.#rejectedSpans);
    this.#rejectedSpans = 0;
    return rejected > 0 ? Math.min(rejected, spans) : 0;
  }

  #parse(body: Uint8Array): unknown {
    if (body.length === 0) return {};
    if (this.#protocol === 'http/json') return JSON.parse(new TextDecoder().decode(body));
    return ProtobufTraceSerializer.deserializeResponse(body);
  }
}

/**
 * Counts what becomes of each batch, and logs when batches begin to fail, once a minute while they do, and when they are
 * accepted again. The processor is told of no failure: it would report it a second time, with the collector's own words.
 */
class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #response: ResponseReader;
  readonly #counts: SpanCounts;
  readonly #log: Logger;
  #isFailing = false;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(exporter: SpanExporter, response: ResponseReader, counts: SpanCounts, log: Logger) {
    this.#exporter = exporter;
    this.#response = response;
    this.#counts = counts;
    this.#log = log;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, ({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) this.#accepted(spans.length);
      else this.#lost(spans.length, reasonOf(error));
      done({ code: ExportResultCode.SUCCESS });
    });
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #accepted(spans: number): void {
    const rejected = this.#response.takeRejected(spans);
    this.#counts.sent += spans - rejected;
    if (rejected > 0) {
      this.#lost(rejected, 'partial success');
      return;
    }
    if (this.#isFailing) this.#log.info('traces are sent again');
    this.#isFailing = false;
    this.#loggedAt = Number.NEGATIVE_INFINITY;
  }

  #lost(spans: number, reason: string): void {
    this.#counts.dropped += spans;
    this.#isFailing = true;
    const now = performance.now();
    if (now - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#loggedAt = now;
    const { dropped } = this.#counts;
    this.#log.warn({ reason, dropped }, 'traces cannot be sent; some are lost');
  }
}

/** Why a batch was not accepted, without a word of the collector's: a status, a code of the system, or the exporter's own text. */
function reasonOf(error: unknown): string {
  const { code, message } = Object(error);
  if (typeof code === 'number') return `HTTP ${code}`;
  return typeof code === 'string' ? code : String(message ?? 'unknown');
}

/** Counts spans that did not fit into the queue. The processor reports them as a metric and in no other way. */
function countingQueueOverflow(counts: SpanCounts): MeterProvider {
  return {
    getMeter() {
      const meter = createNoopMeter();
      const counter: Counter = {
        add(spans, attributes) {
          if (attributes?.['error.type'] === 'queue_full') counts.dropped += spans;
        },
      };
      meter.createCounter = () => counter;
      return meter;
    },
  };
}

const DETECTORS: Readonly<Record<TracingOptions['resourceDetectors'][number], readonly ResourceDetector[]>> =
  {
    service: [serviceInstanceIdDetector],
    host: [hostDetector, osDetector],
    process: [processDetector],
  };

/** What sends the spans. Attributes of the operator win over detected ones, and the name of the service over all. */
function resourceOf({ resourceDetectors, resourceAttributes, serviceName }: TracingOptions): Resource {
  const detectors = resourceDetectors.flatMap((name) => DETECTORS[name]);
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': SERVICE, 'service.version': VERSION }))
    .merge(detectResources({ detectors }))
    .merge(resourceFromAttributes(resourceAttributes))
    .merge(resourceFromAttributes({ ...(serviceName !== undefined && { 'service.name': serviceName }) }));
}

function samplerOf({ name, ratio }: SamplerOptions): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}

function propagatorOf(names: TracingOptions['propagators']): CompositePropagator {
  return new CompositePropagator({
    propagators: [
      ...(names.includes('tracecontext') ? [new W3CTraceContextPropagator()] : []),
      ...(names.includes('b3') ? [new B3Propagator()] : []),
      ...(names.includes('b3multi')
        ? [new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER })]
        : []),
    ],
  });
}

const DIAG_LOG_LEVELS: Readonly<Record<TracingOptions['logLevel'], DiagLogLevel>> = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
};

/**
 * What stands before the collector's reason phrase, or before the message of a TLS error, which quotes the names in the
 * collector's certificate.
 */
const BEFORE_COLLECTORS_WORDS = 'Export failed with non-retryable error';

/**
 * Logs the SDK's own messages as `detail`, which the log masks and escapes. At most one a minute of warnings and errors
 * together, and one of the level info.
 */
function diagTo(log: Logger, level: TracingOptions['logLevel']): void {
  const say = (at: 'warn' | 'info' | 'debug', intervalMs: number) => {
    let loggedAt = Number.NEGATIVE_INFINITY;
    return (...parts: unknown[]) => {
      const now = performance.now();
      if (now - loggedAt < intervalMs) return;
      loggedAt = now;
      // The parts that are no texts are spans, responses of collectors and the like.
      const text = parts.filter((part) => typeof part === 'string').join(' ');
      const detail = text.startsWith(BEFORE_COLLECTORS_WORDS) ? BEFORE_COLLECTORS_WORDS : text;
      log[at]({ source: 'OpenTelemetry', detail }, 'message of the OpenTelemetry SDK');
    };
  };
  const warn = say('warn', LOG_INTERVAL_MS);
  const debug = say('debug', 0);
  const logger = { error: warn, warn, info: say('info', LOG_INTERVAL_MS), debug, verbose: debug };
  diag.setLogger(logger, { logLevel: DIAG_LOG_LEVELS[level], suppressOverrideMessage: true });
}

/** The members of an object that have a value. */
function withoutUndefined<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Members]?: Exclude<Members[Name], undefined> };
}
