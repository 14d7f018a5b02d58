import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

/** Maximum delay of timers, in milliseconds; the rest of the time until a request is due is spent polling. */
const TIMER_SLACK_MS = 1.2;

/**
 * Starts `count` requests at a constant rate, whether earlier ones have finished or not (open loop). Returns the duration of
 * each from the time when it was due, in milliseconds, so that queueing counts.
 *
 * @throws any error of a request
 */
export async function openLoop(
  count: number,
  perSecond: number,
  exchange: (index: number) => Promise<void>,
): Promise<number[]> {
  const startMs = performance.now() + 20;
  const tookMs: number[] = [];
  const running: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    const dueMs = startMs + (index * 1000) / perSecond;
    const restMs = dueMs - performance.now() - TIMER_SLACK_MS;
    if (restMs > 0) await sleep(restMs);
    while (performance.now() < dueMs) await turn();
    const ended = exchange(index).then(() => {
      tookMs[index] = performance.now() - dueMs;
    });
    // Awaited below; until then the rejection must not count as unhandled.
    ended.catch(() => undefined);
    running.push(ended);
  }
  await Promise.all(running);
  return tookMs;
}
