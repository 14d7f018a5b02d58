import type { Observer } from '../src/observer.ts';

/** Nobody counts or logs. */
export const unobserved: Observer = {
  upstreamCall() {},
  unknownEnumValue() {},
  malformedField() {},
  droppedRow() {},
  servedStale() {},
  realigned() {},
};
