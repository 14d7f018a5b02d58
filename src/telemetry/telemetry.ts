import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describeHeld } from '../errors.ts';
import type { Observer } from '../observer.ts';
import { logOnce } from './label-limiter.ts';
import { MetricSet, UPSTREAM_BOUNDS_MS } from './metric-set.ts';
import type { SpanCounts } from './trace/sdk.ts';

/** Metrics and log lines for the events of the inner modules. */
export interface Telemetry {
  readonly observer: Observer;
  /** For metrics of other modules. */
  readonly metrics: MetricSet;
  /** All metrics in Prometheus' text format, including those of the process. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Creates the metrics of one gateway. Several gateways in one process only share the process metrics. */
export function createTelemetry(log: Logger): Telemetry {
  const metrics = new MetricSet();
  return {
    observer: {
      ...observeUpstream(metrics, log),
      ...observeData(metrics, log),
      ...observeSubscriptions(metrics, log),
    },
    metrics,
    text: async () => `${await metrics.text()}\n${await processMetrics()}`,
    contentType: metrics.contentType,
  };
}

interface UpstreamState {
  readonly circuit: 'closed' | 'open' | 'half-open';
  readonly requestsPerSecond: number;
  readonly queued: number;
}

const CIRCUIT_STATES: readonly UpstreamState['circuit'][] = ['closed', 'half-open', 'open'];

/** Bucket bounds for queue waits, in milliseconds. Most waits end within the first bound. */
const WAIT_BOUNDS_MS: readonly number[] = [1, ...UPSTREAM_BOUNDS_MS];

function observeUpstream(metrics: MetricSet, log: Logger) {
  const calls = metrics.counter(
    'voicejobs_upstream_calls_total',
    'Upstream calls by API action and outcome. A call includes all its attempts.',
    ['action', 'outcome'],
  );
  const callDurations = metrics.histogram(
    'voicejobs_upstream_call_duration_seconds',
    'Duration of upstream calls, including all attempts and waits.',
    UPSTREAM_BOUNDS_MS,
    'action',
  );
  const attempts = metrics.counter(
    'voicejobs_upstream_attempts_total',
    'HTTP requests sent to the upstream. Attempt 2 and above are retries.',
    ['action', 'outcome', 'attempt'],
  );
  const attemptDurations = metrics.histogram(
    'voicejobs_upstream_attempt_duration_seconds',
    'Duration of one HTTP request to the upstream.',
    UPSTREAM_BOUNDS_MS,
    'action',
  );
  const waits = metrics.histogram(
    'voicejobs_upstream_queue_wait_seconds',
    'Time that sent requests waited in the rate limiter queue.',
    WAIT_BOUNDS_MS,
  );
  const trips = metrics.counter(
    'voicejobs_upstream_circuit_breaker_trips_total',
    'Times that the circuit breaker opened from closed.',
  );
  const decreases = metrics.counter(
    'voicejobs_upstream_rate_limit_decreases_total',
    'Times that throttling decreased the adaptive rate.',
  );

  let isClosed = true;

  return {
    upstreamCall(event) {
      calls.add([event.action, event.outcome]);
      callDurations.add(event.durationMs, event.action);
      const failed = event.outcome.startsWith('UPSTREAM_') || event.outcome === 'INTERNAL_SERVER_ERROR';
      // A rejected call that was never sent has a cause that is logged once: an open circuit breaker, an exhausted quota.
      const level = failed && event.tries > 0 ? 'warn' : 'debug';
      if (!log.isLevelEnabled(level)) return;
      log[level](
        { ...event, durationMs: Math.round(event.durationMs * 10) / 10 },
        failed ? 'upstream call failed' : 'upstream call',
      );
    },
    upstreamAttempt({ action, outcome, number, durationMs }) {
      attempts.add([action, outcome, String(number)]);
      attemptDurations.add(durationMs, action);
    },
    queueWait(durationMs) {
      waits.add(durationMs);
    },
    circuitStateChanged(state) {
      if (state === 'closed') {
        isClosed = true;
        log.info({ state }, 'upstream circuit breaker');
      } else if (isClosed) {
        isClosed = false;
        trips.add();
        log.warn({ state }, 'upstream circuit breaker');
        // A failed probe is no trip.
      } else log.debug({ state }, 'upstream circuit breaker');
    },
    rateDecreased(requestsPerSecond) {
      decreases.add();
      log.warn(
        { requestsPerSecond: Math.round(requestsPerSecond * 100) / 100 },
        'upstream throttled a request, rate limit decreased',
      );
    },
  } satisfies Partial<Observer>;
}

/** Exposes the state of the upstream client. @param configured rate limit in requests per second */
export function exposeUpstreamMetrics(
  metrics: MetricSet,
  configured: number,
  state: () => UpstreamState,
): void {
  metrics.gauge(
    'voicejobs_upstream_rate_limit_requests_per_second',
    'Current rate limit of the adaptive rate limiter, lowered by throttling.',
    () => state().requestsPerSecond,
  );
  metrics.gauge(
    'voicejobs_upstream_rate_limit_configured_requests_per_second',
    'Configured rate limit (IMS_MAX_REQUESTS_PER_SECOND).',
    () => configured,
  );
  metrics.gauge(
    'voicejobs_upstream_queue_length',
    'Calls that wait in the rate limiter queue.',
    () => state().queued,
  );
  metrics.collect(
    'gauge',
    'voicejobs_upstream_circuit_breaker_state',
    '1 for the current state of the circuit breaker, 0 for the others.',
    ['state'],
    () => CIRCUIT_STATES.map((known) => ({ values: [known], count: known === state().circuit ? 1 : 0 })),
  );
}

const MAX_VALUES_LOGGED = 100;

function observeData(metrics: MetricSet, log: Logger) {
  const unknownEnums = metrics.counter(
    'voicejobs_upstream_unknown_enum_total',
    'Upstream enum values that the schema does not know, returned as null.',
    ['field'],
  );
  const malformed = metrics.counter(
    'voicejobs_upstream_malformed_fields_total',
    'Upstream fields of the wrong type, returned as null.',
    ['field'],
  );
  const dropped = metrics.counter(
    'voicejobs_upstream_dropped_rows_total',
    'Listed rows that were left out because they are unreadable, by reason.',
    ['reason'],
  );
  const realigned = metrics.counter(
    'voicejobs_cursor_realignments_total',
    'Cursors whose row had moved, by kind of row, list and how the row was located.',
    ['row', 'type', 'outcome'],
  );
  const stale = metrics.counter(
    'voicejobs_cache_stale_reads_total',
    'Reads served stale because the upstream failed, by error code (stale-if-error).',
    ['code'],
  );
  const reads = metrics.counter(
    'voicejobs_cache_reads_total',
    'Cache lookups: hit, shared (waited for a read in flight), or miss.',
    ['kind', 'result'],
  );
  const once = logOnce(MAX_VALUES_LOGGED);

  return {
    unknownEnumValue(field, value) {
      unknownEnums.add([field]);
      once(`${field}=${value}`, () =>
        log.warn({ field, value: value.slice(0, 80) }, 'unknown upstream enum value, returned as null'),
      );
    },
    unknownErrorCode(code, status) {
      once(`code ${code}`, () =>
        log.warn({ code, status }, 'undocumented upstream error code, classified by its HTTP status'),
      );
    },
    malformedField(field, value) {
      malformed.add([field]);
      once(field, () =>
        log.warn({ field, held: describeHeld(value) }, 'upstream field of the wrong type, returned as null'),
      );
    },
    droppedRow(reason, value) {
      dropped.add([reason]);
      const held = value === undefined ? undefined : describeHeld(value);
      log.warn({ reason, held }, 'unreadable upstream row dropped');
    },
    servedStale(code) {
      stale.add([code]);
    },
    cacheRead(kind, result) {
      reads.add([kind, result]);
    },
    realigned(event) {
      realigned.add([event.row, event.type, event.outcome]);
      if (event.outcome === 'found') log.debug(event, 'cursor realigned');
      else log.warn(event, 'cursor realigned without certainty');
    },
  } satisfies Partial<Observer>;
}

function observeSubscriptions(metrics: MetricSet, log: Logger) {
  let open = 0;
  let isPaused = false;
  metrics.gauge('voicejobs_graphql_subscriptions', 'Open subscriptions.', () => open);
  metrics.gauge(
    'voicejobs_subscription_polling_paused',
    '1 while polling for subscriptions is paused, else 0.',
    () => Number(isPaused),
  );
  const polls = metrics.counter(
    'voicejobs_subscription_polls_total',
    'Upstream calls that poll subscribed jobs.',
  );
  const skipped = metrics.counter(
    'voicejobs_subscription_polls_skipped_total',
    'Polls that were postponed because requests needed the quota.',
  );

  return {
    subscriptionsChanged(change) {
      open += change;
    },
    polled(calls) {
      polls.add([], calls);
    },
    pollsSkipped(calls) {
      skipped.add([], calls);
    },
    pollingPaused(error) {
      isPaused = true;
      log.warn({ err: error }, 'subscription polling paused, jobs cannot be read');
    },
    pollingResumed() {
      isPaused = false;
      log.info('subscription polling resumed');
    },
  } satisfies Partial<Observer>;
}

interface RedisStats {
  readonly state: 'up' | 'down';
  readonly counts: Readonly<Record<'ok' | 'error' | 'lost' | 'skipped', number>>;
  readonly unreadable: ReadonlyMap<string, number>;
}

/** Exposes the state of the Redis connection. */
export function exposeRedisMetrics(metrics: MetricSet, redis: RedisStats): void {
  metrics.gauge(
    'voicejobs_redis_up',
    '1 while Redis replies and runs the scripts, else 0: this replica then works without Redis.',
    () => (redis.state === 'up' ? 1 : 0),
  );
  metrics.collect(
    'counter',
    'voicejobs_redis_commands_total',
    'Redis commands by outcome: ok, error (Redis replied with an error), lost (no reply), skipped (not sent).',
    ['outcome'],
    () => Object.entries(redis.counts).map(([outcome, count]) => ({ values: [outcome], count })),
  );
  metrics.collect(
    'counter',
    'voicejobs_redis_unreadable_values_total',
    'Values, replies and messages from Redis that this gateway does not write, by kind. They are ignored.',
    ['kind'],
    () => [...redis.unreadable].map(([kind, count]) => ({ values: [kind], count })),
  );
}

/** Exposes the spans that the gateway exports itself. */
export function exposeSpanMetrics(metrics: MetricSet, counts: SpanCounts): void {
  metrics.collect(
    'counter',
    'voicejobs_trace_spans_total',
    'Trace spans that the gateway exports itself, by outcome: sent or dropped.',
    ['outcome'],
    () => Object.entries(counts).map(([outcome, count]) => ({ values: [outcome], count })),
  );
}

/** Sampling interval of the event loop lag, in milliseconds. Each sample wakes an idle process. */
const EVENT_LOOP_RESOLUTION_MS = 20;

/** Excluded default metrics: gauges named like counters, which promtool rejects, and handles read from an undocumented Node function. */
const EXCLUDED = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

let registry: Registry | undefined;

/**
 * prom-client's default metrics of the process and of Node, in the text format. From the first call on they take 3 ms of CPU per
 * second, for the timer that samples the event loop lag.
 */
function processMetrics(): Promise<string> {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_RESOLUTION_MS });
    for (const name of EXCLUDED) registry.removeSingleMetric(name);
  }
  return registry.metrics();
}
