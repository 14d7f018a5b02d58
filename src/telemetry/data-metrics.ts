import type { Logger } from 'pino';
import { describeHeld } from '../errors.ts';
import type { Observer } from '../observer.ts';
import type { MetricSet } from './metric-set.ts';
import { onceEach } from './once-each.ts';

/** Distinct unknown values that are logged before the log has had enough; they are counted in any case. */
const MAX_VALUES_LOGGED = 100;

type DataObserver = Pick<
  Observer,
  | 'unknownEnumValue'
  | 'unknownErrorCode'
  | 'malformedField'
  | 'droppedRow'
  | 'realigned'
  | 'servedStale'
  | 'cacheRead'
>;

/** Counts and logs what was strange about what the upstream gave, and where rows came from. */
export function observeData(metrics: MetricSet, log: Logger): DataObserver {
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
  const logOnce = onceEach(MAX_VALUES_LOGGED);

  return {
    unknownEnumValue(field, value) {
      unknownEnums.add([field]);
      logOnce(`${field}=${value}`, () =>
        log.warn(
          { field, value: value.slice(0, 80) },
          'upstream value unknown to the schema, answered as null',
        ),
      );
    },
    unknownErrorCode(code, status) {
      logOnce(`code ${code}`, () =>
        log.warn({ code, status }, 'upstream error code that is not documented, judged by its HTTP status'),
      );
    },
    malformedField(field, value) {
      malformed.add([field]);
      logOnce(field, () =>
        log.warn({ field, held: describeHeld(value) }, 'upstream field of the wrong type, answered as null'),
      );
    },
    droppedRow(reason, value) {
      dropped.add([reason]);
      log.warn(
        { reason, held: value === undefined ? undefined : describeHeld(value) },
        'upstream row left out',
      );
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
  };
}
