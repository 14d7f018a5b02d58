import type { UpstreamErrorCode } from '../../errors.ts';
import type { Handler, RequestContext } from './request-context.ts';
import { readOnly, sendJson } from './responses.ts';

/**
 * What `/ready` reports. Only `reason` decides the status: an outage of the upstream or of Redis must not take every
 * replica out of rotation.
 */
export interface Readiness {
  /** Why this process accepts no requests; undefined when it does. */
  readonly reason: string | undefined;
  readonly upstream: {
    readonly kind: 'emulator' | 'alibaba';
    /** Outcome of the latest call; undefined before the first. */
    readonly lastOutcome: 'OK' | UpstreamErrorCode | undefined;
    /** State of the circuit breaker. `open`: calls fail at once, because most recent ones failed. */
    readonly circuit: 'closed' | 'open' | 'half-open';
    /** The current adaptive rate limit, in upstream requests per second; below the configured one after throttling. */
    readonly requestsPerSecond: number;
    /** Upstream calls that wait for a slot. */
    readonly queued: number;
  };
  /** `off` when Redis is not configured. */
  readonly redis: 'up' | 'down' | 'off';
}

/** Liveness: 200 as long as the process runs. */
export const health: Handler = readOnly((context) => sendJson(context, 200, { status: 'ok' }));

/** Readiness: 200 when the gateway accepts requests, else 503. Callers without `maySeeDetails` get the status alone. */
export function ready(
  readiness: () => Readiness,
  maySeeDetails: (context: RequestContext) => boolean | Promise<boolean>,
): Handler {
  return readOnly(async (context) => {
    const showsDetails = await maySeeDetails(context);
    if (context.response.destroyed) return;
    const { reason, ...others } = readiness();
    const details = showsDetails ? others : {};
    if (reason === undefined) sendJson(context, 200, { status: 'ready', ...details });
    else sendJson(context, 503, { status: 'not ready', ...(showsDetails && { reason }), ...details });
  });
}
