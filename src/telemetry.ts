import type { Logger } from 'pino';
import { Counter, Registry } from 'prom-client';
import type { Observer } from './observer.ts';

/** Counts and logs what the inner rooms tell. */
export interface Telemetry {
  readonly observer: Observer;
  /** Counts an answer to a GraphQL request, by whether it was kept from an earlier one. */
  answered(isHot: boolean): void;
  /** All metrics in Prometheus' text format. */
  metrics(): Promise<string>;
  readonly contentType: string;
}

/** Distinct unknown values that are logged before the log has had enough; they are counted in any case. */
const MAX_VALUES_LOGGED = 100;

/** Builds the metrics of one gateway; several in one process do not share them. */
export function createTelemetry(log: Logger): Telemetry {
  const registry = new Registry();
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter<Label>({ name, help, labelNames, registers: [registry] });

  const calls = counter('upstream_calls_total', 'Upstream calls, all tries of one together.', [
    'action',
    'outcome',
  ]);
  const tries = counter('upstream_tries_total', 'Upstream requests sent, every try counted.', ['action']);
  const unknownEnums = counter('upstream_unknown_enum_total', 'Enum values the schema does not know.', [
    'field',
  ]);
  const malformed = counter('upstream_malformed_field_total', 'Fields of the wrong type.', ['field']);
  const dropped = counter('upstream_dropped_rows_total', 'Listed rows that could not be shown.', ['reason']);
  const realigned = counter('cursor_realignments_total', 'Cursors whose place had moved.', [
    'type',
    'outcome',
  ]);
  const stale = counter(
    'cache_stale_reads_total',
    'Reads answered with older rows because the upstream failed.',
    ['code'],
  );
  const logOnce = onceEach(MAX_VALUES_LOGGED);

  // Counted in plain numbers: a labelled increment costs more than looking a kept answer up.
  const answers = { hot: 0, executed: 0 };
  new Counter({
    name: 'graphql_answers_total',
    help: 'Answers to GraphQL requests, by where they came from.',
    labelNames: ['source'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [source, count] of Object.entries(answers)) this.inc({ source }, count);
    },
  });

  return {
    answered(isHot) {
      answers[isHot ? 'hot' : 'executed']++;
    },
    observer: {
      upstreamCall(event) {
        calls.inc({ action: event.action, outcome: event.outcome });
        tries.inc({ action: event.action }, event.tries);
        const failed = event.outcome.startsWith('UPSTREAM_');
        log[failed ? 'warn' : 'debug'](
          { ...event, durationMs: Math.round(event.durationMs * 10) / 10 },
          failed ? 'upstream call failed' : 'upstream call',
        );
      },
      unknownEnumValue(field, value) {
        unknownEnums.inc({ field });
        logOnce(`${field}=${value}`, () =>
          log.warn(
            { field, value: value.slice(0, 80) },
            'upstream value unknown to the schema, answered as null',
          ),
        );
      },
      malformedField(field) {
        malformed.inc({ field });
        logOnce(field, () => log.warn({ field }, 'upstream field of the wrong type, answered as null'));
      },
      droppedRow(reason) {
        dropped.inc({ reason });
        log.warn({ reason }, 'upstream row left out');
      },
      servedStale(code) {
        stale.inc({ code });
      },
      realigned(event) {
        realigned.inc({ type: event.type, outcome: event.outcome });
        if (event.outcome === 'found') log.debug(event, 'cursor found again');
        else log.warn(event, 'cursor not found again for certain');
      },
    },
    metrics: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function onceEach(most: number): (key: string, act: () => void) => void {
  const seen = new Set<string>();
  return (key, act) => {
    if (seen.has(key) || seen.size >= most) return;
    seen.add(key);
    act();
  };
}
