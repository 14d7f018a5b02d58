import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { TracingOptions } from './otel-variables.ts';
import type { SpanCounts } from './sdk.ts';
import type { Tracer } from './tracer.ts';

/** Tracing of one gateway. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Undefined if an external tracer provider exports the spans. */
  readonly counts: SpanCounts | undefined;
  /** Flushes queued spans within {@link SHUTDOWN_FLUSH_MS}. Never rejects. */
  close(): Promise<void>;
}

/** Timeout of the last flush, in milliseconds. */
const SHUTDOWN_FLUSH_MS = 2000;

/**
 * Starts tracing. A tracer provider that is registered already (`node --import @opentelemetry/auto-instrumentations-node/register`)
 * receives the spans; otherwise the SDK is loaded and exports them. Without both, no OpenTelemetry package is loaded (20 MB).
 *
 * @param options undefined if the gateway exports no spans itself
 * @returns undefined if tracing is off, or if the SDK could not be started, which is logged
 */
export async function startTracing(
  options: TracingOptions | undefined,
  log: Logger,
): Promise<Tracing | undefined> {
  try {
    const registered = registeredApi();
    if (registered !== undefined) return await externalTracing(registered, log);
    if (options === undefined) return undefined;
    const { startSdk } = await import('./sdk.ts');
    const { tracer, counts, shutdown } = startSdk(options, log);
    return { tracer, counts, close: () => withinShutdown(shutdown()) };
  } catch (error) {
    log.error({ err: error }, 'tracing could not be started, continuing without it');
    return undefined;
  }
}

async function externalTracing({ version, trace }: GlobalApi, log: Logger): Promise<Tracing | undefined> {
  const [{ globalTracer }, api] = await Promise.all([import('./tracer.ts'), import('@opentelemetry/api')]);
  const provider = api.trace.getTracerProvider();
  // The API hides a provider that an older version of the API registered.
  if (provider !== trace) {
    log.warn(
      { version },
      'tracing is disabled: the registered tracer provider uses an older @opentelemetry/api',
    );
    return undefined;
  }
  log.info('exporting spans through the tracer provider that was registered before the start');
  const failed = (error: unknown) =>
    log.error({ err: error }, 'duplicate trace headers of a request could not be removed');
  return {
    tracer: globalTracer(failed),
    counts: undefined,
    close: () => withinShutdown(flush(provider)),
  };
}

/** Global state that all copies of @opentelemetry/api 1.x in a process share. */
interface GlobalApi {
  readonly version: string;
  /** The registered tracer provider. */
  readonly trace: object;
}

/**
 * The global state of the API if a tracer provider is registered; does not load the API.
 *
 * @see https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts
 */
function registeredApi(): GlobalApi | undefined {
  const api: Partial<GlobalApi> | undefined = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'));
  return api?.trace === undefined ? undefined : (api as GlobalApi);
}

/** Flushes a tracer provider. The API has no method for it, but all SDKs have `forceFlush`. */
async function flush(provider: object): Promise<void> {
  const { getDelegate } = provider as { getDelegate?: () => object };
  const sdk = (getDelegate?.call(provider) ?? provider) as { forceFlush?: () => Promise<void> };
  await sdk.forceFlush?.();
}

/** Waits for a task for at most {@link SHUTDOWN_FLUSH_MS}. Ignores its failure, which has been logged already. */
async function withinShutdown(task: Promise<void>): Promise<void> {
  await Promise.race([task.catch(() => {}), delay(SHUTDOWN_FLUSH_MS, undefined, { ref: false })]);
}
