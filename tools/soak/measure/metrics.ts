/**
 * Delay of the gateway's event loop since the previous scrape: p99 in milliseconds, from its metrics; empty if they lack it,
 * as on the first scrape.
 *
 * @param text response of /metrics in Prometheus' format
 */
export function eventLoopP99Ms(text: string): number[] {
  const seconds = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1]);
  return seconds > 0 ? [seconds * 1000] : [];
}
