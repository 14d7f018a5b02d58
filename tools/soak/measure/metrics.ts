/**
 * The event loop's delay since the metrics were last asked for, as they tell it, p99 in milliseconds; empty where they do
 * not, as in the first answer.
 *
 * @param text of /metrics, in Prometheus' format
 */
export function eventLoopP99Ms(text: string): number[] {
  const seconds = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1]);
  return seconds > 0 ? [seconds * 1000] : [];
}
