import type { Logger } from 'pino';
import type { Observer } from '../observer.ts';
import { type MetricSet, UPSTREAM_BOUNDS_MS } from './metric-set.ts';

/** The connection to the upstream, as the metrics show it. */
interface UpstreamState {
  readonly circuit: 'closed' | 'open' | 'half-open';
  readonly requestsPerSecond: number;
  readonly queued: number;
}

const CIRCUIT_STATES: readonly UpstreamState['circuit'][] = ['closed', 'half-open', 'open'];

/** Waits end within the first bound unless the quota is used up. */
const WAIT_BOUNDS_MS: readonly number[] = [1, ...UPSTREAM_BOUNDS_MS];

/** Observes how calls end, the circuit breaker and the rate. */
export function observeUpstream(metrics: MetricSet, log: Logger) {
  const calls = metrics.counter('upstream_calls_total', 'Upstream calls, all tries of one together.', [
    'action',
    'outcome',
  ]);
  const callDurations = metrics.histogram(
    'upstream_call_duration_seconds',
    'How long upstream calls took, all tries and waits included.',
    UPSTREAM_BOUNDS_MS,
    'action',
  );
  const tries = metrics.counter(
    'upstream_tries_total',
    'Upstream requests that were sent, each try of a call.',
    ['action', 'outcome', 'try'],
  );
  const tryDurations = metrics.histogram(
    'upstream_try_duration_seconds',
    'How long the upstream took for one request.',
    UPSTREAM_BOUNDS_MS,
    'action',
  );
  const waits = metrics.histogram(
    'upstream_queue_wait_seconds',
    'How long requests waited for their turn within the quota before they were sent.',
    WAIT_BOUNDS_MS,
  );
  const opened = metrics.counter(
    'upstream_circuit_opened_total',
    'Times that calls were stopped because the upstream failed.',
  );
  const slowed = metrics.counter(
    'upstream_slowed_down_total',
    'Times that throttling made the gateway ask less often.',
  );

  let isClosed = true;

  return {
    upstreamCall(event) {
      calls.add([event.action, event.outcome]);
      callDurations.add(event.durationMs, event.action);
      const failed = event.outcome.startsWith('UPSTREAM_') || event.outcome === 'INTERNAL_SERVER_ERROR';
      // A call that was rejected before it was sent has a cause that is logged once: a circuit that opened, a quota used up.
      const level = failed && event.tries > 0 ? 'warn' : 'debug';
      if (!log.isLevelEnabled(level)) return;
      log[level](
        { ...event, durationMs: Math.round(event.durationMs * 10) / 10 },
        failed ? 'upstream call failed' : 'upstream call',
      );
    },
    upstreamTry({ action, outcome, number, durationMs }) {
      tries.add([action, outcome, String(number)]);
      tryDurations.add(durationMs, action);
    },
    waitedForTurn(durationMs) {
      waits.add(durationMs);
    },
    circuitTurned(state) {
      if (state === 'closed') {
        isClosed = true;
        log.info({ state }, 'upstream circuit');
      } else if (isClosed) {
        isClosed = false;
        opened.add();
        log.warn({ state }, 'upstream circuit');
        // A probe each second of an outage is no opening.
      } else log.debug({ state }, 'upstream circuit');
    },
    slowedDown(requestsPerSecond) {
      slowed.add();
      log.warn(
        { requestsPerSecond: Math.round(requestsPerSecond * 100) / 100 },
        'the upstream throttles; asking less often',
      );
    },
  } satisfies Partial<Observer>;
}

/** Shows the connection to the upstream. @param configured requests per second */
export function showUpstream(metrics: MetricSet, configured: number, state: () => UpstreamState): void {
  metrics.gauge(
    'upstream_quota_requests_per_second',
    'Requests a second that are sent at most at present, as learnt from throttling.',
    () => state().requestsPerSecond,
  );
  metrics.gauge(
    'upstream_quota_configured_requests_per_second',
    'Requests a second that are sent at most, as configured.',
    () => configured,
  );
  metrics.gauge('upstream_queue_length', 'Calls that wait for their turn.', () => state().queued);
  metrics.show(
    'gauge',
    'upstream_circuit_state',
    '1 for the state that the circuit is in, else 0.',
    ['state'],
    () => CIRCUIT_STATES.map((known) => ({ values: [known], times: known === state().circuit ? 1 : 0 })),
  );
}
