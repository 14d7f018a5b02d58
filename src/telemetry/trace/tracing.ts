import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { TracingOptions } from './otel-variables.ts';
import type { SpanCounts } from './sdk.ts';
import type { Tracer } from './tracer.ts';

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
 * Starts tracing. A provider that was registered before (`node --import @opentelemetry/auto-instrumentations-node/register`)
 * receives the spans; otherwise the SDK is loaded and sends them. Without both no package of OpenTelemetry is loaded (20 MB).
 *
 * @param options undefined: nothing is to be sent by this gateway itself
 * @returns undefined where nothing is traced, also when the SDK could not be started, which the log says
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
  // The API hides a provider that an older version of it has registered.
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

/** The state that all copies of @opentelemetry/api 1.x in one process share. */
interface GlobalApi {
  readonly version: string;
  /** The registered tracer provider. */
  readonly trace: object;
}

/**
 * The shared state of the API where a tracer provider is registered, without loading the API.
 *
 * @see https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts
 */
function registeredApi(): GlobalApi | undefined {
  const api: Partial<GlobalApi> | undefined = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'));
  return api?.trace === undefined ? undefined : (api as GlobalApi);
}

/** Flushes a provider of any SDK. The API has no method for that; all SDKs have the same. */
async function flush(provider: object): Promise<void> {
  const { getDelegate } = provider as { getDelegate?: () => object };
  const sdk = (getDelegate?.call(provider) ?? provider) as { forceFlush?: () => Promise<void> };
  await sdk.forceFlush?.();
}

/** Waits for a task, for {@link SHUTDOWN_FLUSH_MS} at most. Its failure was reported where it happened. */
async function withinShutdown(task: Promise<void>): Promise<void> {
  await Promise.race([task.catch(() => {}), delay(SHUTDOWN_FLUSH_MS, undefined, { ref: false })]);
}
