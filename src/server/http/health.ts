import type { UpstreamErrorCode } from '../../errors.ts';
import type { Handler, RequestContext } from './request-context.ts';
import { readOnly, sendJson } from './responses.ts';

/** What `/ready` reports. Only `reason` decides the status: an outage of the upstream or of Redis must not empty a fleet. */
export interface Readiness {
  /** Why this process takes no requests; undefined when it does. */
  readonly reason: string | undefined;
  readonly upstream: {
    readonly kind: 'emulator' | 'alibaba';
    /** Outcome of the latest call; undefined before the first. */
    readonly lastOutcome: 'OK' | UpstreamErrorCode | undefined;
    /** `open` while calls are stopped because most of them failed. */
    readonly circuit: 'closed' | 'open' | 'half-open';
    /** How many requests a second are sent at most at present: fewer than configured after throttling. */
    readonly requestsPerSecond: number;
    /** Calls that wait for their turn. */
    readonly queued: number;
  };
  /** `off` where none is configured. */
  readonly redis: 'up' | 'down' | 'off';
}

/** 200 as long as the process runs. */
export const health: Handler = readOnly((context) => sendJson(context, 200, { status: 'ok' }));

/** 200 when the gateway takes requests, else 503. Callers of whom `mayKnow` is false (it never rejects) learn the status alone. */
export function ready(
  readiness: () => Readiness,
  mayKnow: (context: RequestContext) => boolean | Promise<boolean>,
): Handler {
  return readOnly(async (context) => {
    const isKnown = await mayKnow(context);
    if (context.response.destroyed) return;
    const { reason, ...others } = readiness();
    const details = isKnown ? others : {};
    if (reason === undefined) sendJson(context, 200, { status: 'ready', ...details });
    else sendJson(context, 503, { status: 'not ready', ...(isKnown && { reason }), ...details });
  });
}
