import type { Observer } from '../src/observer.ts';

/** Nobody counts or logs. */
export const unobserved: Observer = {
  upstreamCall() {},
  upstreamTry() {},
  waitedForTurn() {},
  cacheRead() {},
  unknownEnumValue() {},
  unknownErrorCode() {},
  malformedField() {},
  droppedRow() {},
  servedStale() {},
  circuitTurned() {},
  slowedDown() {},
  realigned() {},
  followed() {},
  polled() {},
  pollsSkipped() {},
  pollingPaused() {},
  pollingResumed() {},
};
