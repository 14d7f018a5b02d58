import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describeHeld } from '../errors.ts';
import type { Observer } from '../observer.ts';
import { logOnce } from './label-limiter.ts';
import { MetricSet } from './metric-set.ts';
import type { SpanCounts } from './trace/sdk.ts';
import { observeUpstream } from './upstream-metrics.ts';

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

/** Distinct unknown values that are logged; all are counted. */
const MAX_VALUES_LOGGED = 100;

/** Observes what was strange about the data of the upstream, and where rows came from. */
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
      realigned.add([event.type, event.outcome]);
      if (event.outcome === 'found') log.debug(event, 'cursor found again');
      else log.warn(event, 'cursor not found again for certain');
    },
  } satisfies Partial<Observer>;
}

/** Observes how watched jobs are polled. */
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

/** The connection to Redis, as the metrics show it. */
interface ShownRedis {
  readonly state: 'up' | 'away';
  /** Commands so far, by what became of them. */
  readonly counts: Readonly<Record<'answered' | 'refused' | 'lost' | 'skipped', number>>;
  /** How often something was found that this program does not write, by kind. */
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
  metrics.show(
    'counter',
    'trace_spans_total',
    'Spans of traces, by what became of them.',
    ['outcome'],
    () => [
      { values: ['sent'], times: counts.sent },
      { values: ['dropped'], times: counts.dropped },
    ],
  );
}

/** Interval between two looks at the delay of the event loop, in milliseconds: each wakes an idle process. */
const EVENT_LOOP_RESOLUTION_MS = 20;

/**
 * Left out: gauges that are named like counters, which promtool refuses, and lists of all handles, which Node has to put
 * together by a function that it does not document.
 */
const LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

let registry: Registry | undefined;

/**
 * prom-client's metrics of the process and of Node, as Prometheus text, under the names that common dashboards expect. They are
 * of the whole process, however many gateways are in it. A process that nobody asks for them pays nothing; from the first time
 * on they cost 3 ms of CPU a second, for the timer that watches the event loop.
 */
function processMetrics(): Promise<string> {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_RESOLUTION_MS });
    for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  }
  return registry.metrics();
}
