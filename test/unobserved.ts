import type { Observer } from '../src/observer.ts';

/** An observer that ignores all events. */
export const unobserved: Observer = {
  upstreamCall() {},
  upstreamAttempt() {},
  queueWait() {},
  cacheRead() {},
  unknownEnumValue() {},
  unknownErrorCode() {},
  malformedField() {},
  droppedRow() {},
  servedStale() {},
  circuitStateChanged() {},
  rateDecreased() {},
  realigned() {},
  subscriptionsChanged() {},
  polled() {},
  pollsSkipped() {},
  pollingPaused() {},
  pollingResumed() {},
};
