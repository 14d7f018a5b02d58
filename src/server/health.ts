import type { UpstreamErrorCode } from '../errors.ts';
import { sendJson } from './respond.ts';
import { type Handler, readOnly } from './routes.ts';

/** What `/ready` tells. Only `reason` decides; how the upstream and Redis are does not: an outage there must not empty a fleet. */
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
  readonly redis: 'up' | 'away' | 'off';
}

/** 200 as long as the process runs. */
export const health: Handler = readOnly((_request, response) => sendJson(response, 200, { status: 'ok' }));

/** 200 when requests are welcome, else 503 with the reason. */
export function ready(readiness: () => Readiness): Handler {
  return readOnly((_request, response) => {
    const { reason, ...others } = readiness();
    if (reason === undefined) sendJson(response, 200, { status: 'ready', ...others });
    else sendJson(response, 503, { status: 'not ready', reason, ...others });
  });
}
