/** Samplers by their standard names. @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** Formats of trace headers by their standard names; `baggage` is accepted, but nothing here reads or passes on baggage. */
export const PROPAGATORS = ['tracecontext', 'baggage', 'b3', 'b3multi'] as const;

/** What the resource of a trace can say beside the service, by the names of the Node SDK. */
export const RESOURCE_DETECTORS = ['service', 'host', 'process'] as const;

/** Encodings of OTLP that the exporter speaks. gRPC is not among them. */
export const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

/** Levels of the SDK's own messages, from nothing to everything. */
export const DIAG_LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;

/** Which traces are recorded. */
export interface SamplerOptions {
  readonly name: (typeof SAMPLERS)[number];
  /** Part of the traces, 0..1, where the name ends with `traceidratio`. */
  readonly ratio: number;
}

/** A file in PEM that a variable names. */
export interface PemFile {
  readonly variable: string;
  readonly file: string;
}

/** How spans are sent by this gateway's own SDK. Holds secrets: `headers`, and the user of `url`. */
export interface TracingOptions {
  /** Where traces are posted, path included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly compression: 'gzip' | 'none';
  /** How long a batch may take, its retries included, in milliseconds. */
  readonly timeoutMs: number;
  /** Files in PEM: the collector's authority, and the client's certificate with its key. The first of each that can be read counts. */
  readonly tls: {
    readonly ca: readonly PemFile[];
    readonly cert: readonly PemFile[];
    readonly key: readonly PemFile[];
  };
  readonly sampler: SamplerOptions;
  readonly batch: {
    /** How long a span waits for others, in milliseconds. */
    readonly scheduleDelayMs: number;
    /** How long the processor waits for the exporter, in milliseconds. */
    readonly exportTimeoutMs: number;
    /** Spans that may wait; more are dropped. */
    readonly maxQueueSize: number;
    /** Spans in one request. */
    readonly maxExportBatchSize: number;
  };
  readonly propagators: readonly (typeof PROPAGATORS)[number][];
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly resourceDetectors: readonly (typeof RESOURCE_DETECTORS)[number][];
  readonly spanLimits: {
    readonly attributeCountLimit: number | undefined;
    readonly attributeValueLengthLimit: number | undefined;
    readonly linkCountLimit: number | undefined;
  };
  readonly logLevel: (typeof DIAG_LEVELS)[number];
}

/** Spans so far, by what became of them. */
export interface SpanCounts {
  /** Accepted by the collector. */
  sent: number;
  /** Lost, because the queue was full or the collector did not accept them. */
  dropped: number;
}
