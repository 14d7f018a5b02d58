import type { Logger } from 'pino';
import type { Tracer } from './tracer.ts';

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

/** How spans are sent by this gateway's own SDK. Holds secrets: `headers`, `tls.key`, and the user of `url`. */
export interface TracingOptions {
  /** Where traces are posted, path included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly compression: 'gzip' | 'none';
  /** How long a batch may take, its retries included, in milliseconds. */
  readonly timeoutMs: number;
  /** Certificates in PEM: the collector's authority, and the client's own with its key. */
  readonly tls: {
    readonly ca: Buffer | undefined;
    readonly cert: Buffer | undefined;
    readonly key: Buffer | undefined;
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

/** Tracing of one process. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Undefined where another program's provider sends the spans. */
  readonly counts: SpanCounts | undefined;
  /** Flushes the spans that wait. Takes {@link SHUTDOWN_FLUSH_MS} at most, whatever the collector does; never rejects. */
  close(): Promise<void>;
}

/** Time for the last spans, in milliseconds. */
const SHUTDOWN_FLUSH_MS = 2000;

/**
 * Starts tracing. A provider that was registered before, as by
 * `node --import @opentelemetry/auto-instrumentations-node/register`, receives the spans; otherwise the SDK is loaded and
 * sends them. Where neither is wanted, this loads no package of OpenTelemetry: API and SDK take 20 MB.
 *
 * @param options undefined: nothing is to be sent by this gateway itself
 * @returns undefined where nothing is traced, also when the SDK could not be started, which the log says
 */
export async function startTracing(
  options: TracingOptions | undefined,
  log: Logger,
): Promise<Tracing | undefined> {
  const registered = registeredApi();
  if (registered === undefined && options === undefined) return undefined;
  try {
    if (registered === undefined) return await ownTracing(options as TracingOptions, log);
    return await externalTracing(registered, log);
  } catch (error) {
    log.error({ err: error }, 'tracing could not be started; the gateway runs without it');
    return undefined;
  }
}

async function ownTracing(options: TracingOptions, log: Logger): Promise<Tracing> {
  const { startSdk } = await import('./sdk.ts');
  const { tracer, counts, shutdown } = startSdk(options, log);
  return { tracer, counts, close: () => atMost(SHUTDOWN_FLUSH_MS, shutdown()) };
}

async function externalTracing({ version, trace }: GlobalApi, log: Logger): Promise<Tracing | undefined> {
  const { globalTracer, globalProvider } = await import('./tracer.ts');
  const provider = globalProvider();
  // The API hides a provider that an older version of it has registered.
  if (provider !== trace) {
    log.warn(
      { version },
      'spans are not made: the registered tracer provider uses an older @opentelemetry/api',
    );
    return undefined;
  }
  log.info('spans go to the tracer provider that was registered before the start');
  return {
    tracer: globalTracer(),
    counts: undefined,
    close: () => atMost(SHUTDOWN_FLUSH_MS, flush(provider)),
  };
}

/** What all copies of @opentelemetry/api 1.x in one process share. */
interface GlobalApi {
  readonly version: string;
  /** The registered tracer provider. */
  readonly trace: object;
}

/**
 * The shared state of the API where a tracer provider is registered; undefined where there is none. Reads the global that
 * the API itself keeps it in, because asking the API would load it.
 *
 * @see https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts
 */
function registeredApi(): GlobalApi | undefined {
  const api: Partial<GlobalApi> | undefined = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'));
  return api?.trace === undefined ? undefined : (api as GlobalApi);
}

/** Flushes a provider of any SDK: the API has no word for that, all SDKs have the same. */
async function flush(provider: object): Promise<void> {
  const { getDelegate } = provider as { getDelegate?: () => object };
  const sdk = (getDelegate?.call(provider) ?? provider) as { forceFlush?: () => Promise<void> };
  await sdk.forceFlush?.();
}

/** Waits for a task, but no longer than that. What it fails with was reported where it failed. */
async function atMost(ms: number, task: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([task.catch(() => {}), timeout]);
  clearTimeout(timer);
}
