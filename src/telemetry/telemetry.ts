import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describeHeld } from '../errors.ts';
import type { Observer } from '../observer.ts';
import { logOnce } from './label-limiter.ts';
import { MetricSet, UPSTREAM_BOUNDS_MS } from './metric-set.ts';
import type { SpanCounts } from './trace/sdk.ts';

/** Counts and logs what the inner rooms report. */
export interface Telemetry {
  readonly observer: Observer;
  /** Shows what others have counted. */
  readonly metrics: MetricSet;
  /** All metrics in Prometheus' text format, those of the process included. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Builds the metrics of one gateway; several in one process share none but those of the process. */
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

/** Waits end within the first bound unless the quota is used up. */
const WAIT_BOUNDS_MS: readonly number[] = [1, ...UPSTREAM_BOUNDS_MS];

function observeUpstream(metrics: MetricSet, log: Logger) {
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

const MAX_VALUES_LOGGED = 100;

function observeData(metrics: MetricSet, log: Logger) {
  const unknownEnums = metrics.counter(
    'upstream_unknown_enum_total',
    'Enum values the schema does not know, answered as null.',
    ['field'],
  );
  const malformed = metrics.counter(
    'upstream_malformed_field_total',
    'Fields of the wrong type, answered as null.',
    ['field'],
  );
  const dropped = metrics.counter('upstream_dropped_rows_total', 'Listed rows that could not be shown.', [
    'reason',
  ]);
  const realigned = metrics.counter('cursor_realignments_total', 'Cursors whose place had moved.', [
    'row',
    'type',
    'outcome',
  ]);
  const stale = metrics.counter(
    'cache_stale_reads_total',
    'Reads answered with older rows because the upstream failed.',
    ['code'],
  );
  const reads = metrics.counter(
    'cache_reads_total',
    'Reads of requests, by whether it was at hand, in a call under way, or had to be read.',
    ['kind', 'result'],
  );
  const once = logOnce(MAX_VALUES_LOGGED);

  return {
    unknownEnumValue(field, value) {
      unknownEnums.add([field]);
      once(`${field}=${value}`, () =>
        log.warn(
          { field, value: value.slice(0, 80) },
          'upstream value unknown to the schema, answered as null',
        ),
      );
    },
    unknownErrorCode(code, status) {
      once(`code ${code}`, () =>
        log.warn({ code, status }, 'upstream error code that is not documented, judged by its HTTP status'),
      );
    },
    malformedField(field, value) {
      malformed.add([field]);
      once(field, () =>
        log.warn({ field, held: describeHeld(value) }, 'upstream field of the wrong type, answered as null'),
      );
    },
    droppedRow(reason, value) {
      dropped.add([reason]);
      const held = value === undefined ? undefined : describeHeld(value);
      log.warn({ reason, held }, 'upstream row left out');
    },
    servedStale(code) {
      stale.add([code]);
    },
    cacheRead(kind, result) {
      reads.add([kind, result]);
    },
    realigned(event) {
      realigned.add([event.row, event.type, event.outcome]);
      if (event.outcome === 'found') log.debug(event, 'cursor found again');
      else log.warn(event, 'cursor not found again for certain');
    },
  } satisfies Partial<Observer>;
}

function observeSubscriptions(metrics: MetricSet, log: Logger) {
  let open = 0;
  let isPaused = false;
  metrics.gauge('graphql_subscriptions', 'Subscriptions that are open.', () => open);
  metrics.gauge('live_paused', '1 while watched jobs cannot be read, else 0.', () => Number(isPaused));
  const polls = metrics.counter('live_polls_total', 'Upstream calls for jobs that subscriptions watch.');
  const skipped = metrics.counter(
    'live_polls_skipped_total',
    'Such calls that were put off because callers needed the quota.',
  );

  return {
    followed(change) {
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
      log.warn({ err: error }, 'watched jobs cannot be read; their streams stand still');
    },
    pollingResumed() {
      isPaused = false;
      log.info('watched jobs can be read again');
    },
  } satisfies Partial<Observer>;
}

interface ShownRedis {
  readonly state: 'up' | 'away';
  readonly counts: Readonly<Record<'answered' | 'refused' | 'lost' | 'skipped', number>>;
  readonly unreadable: ReadonlyMap<string, number>;
}

/** Shows the connection to Redis. */
export function showRedis(metrics: MetricSet, redis: ShownRedis): void {
  metrics.gauge(
    'redis_up',
    '1 while Redis answers and runs the scripts, else 0: then this replica goes on by itself.',
    () => (redis.state === 'up' ? 1 : 0),
  );
  metrics.show(
    'counter',
    'redis_commands_total',
    'Commands by what became of them: answered, refused, lost on the way, or not sent because Redis was away.',
    ['outcome'],
    () => Object.entries(redis.counts).map(([outcome, times]) => ({ values: [outcome], times })),
  );
  metrics.show(
    'counter',
    'redis_unreadable_total',
    'Values, replies and messages by way of Redis that this program does not write, by kind; they are left out.',
    ['kind'],
    () => [...redis.unreadable].map(([kind, times]) => ({ values: [kind], times })),
  );
}

/** Shows what became of the spans that this gateway sends by itself. */
export function showSpans(metrics: MetricSet, counts: SpanCounts): void {
  metrics.show('counter', 'trace_spans_total', 'Spans of traces, by what became of them.', ['outcome'], () =>
    Object.entries(counts).map(([outcome, times]) => ({ values: [outcome], times })),
  );
}

/** Resolution of the event loop's delay, in milliseconds: each measurement wakes an idle process. */
const EVENT_LOOP_RESOLUTION_MS = 20;

/** Gauges that are named like counters, which promtool rejects, and lists of handles by an undocumented function of Node. */
const LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

let registry: Registry | undefined;

/**
 * prom-client's metrics of the whole process and of Node, as Prometheus text. From the first call on they cost 3 ms of CPU a
 * second, for the timer that watches the event loop.
 */
function processMetrics(): Promise<string> {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_RESOLUTION_MS });
    for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  }
  return registry.metrics();
}
