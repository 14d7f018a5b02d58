import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

/** Timers are late by up to this; the rest of the way to a due time is watched. In milliseconds. */
const TIMER_SLACK_MS = 1.2;

/**
 * Begins `count` exchanges at a constant rate, whether earlier ones have ended or not, and returns how long each took
 * from the time it was due: an exchange that had to wait for its turn is not let off. In milliseconds.
 *
 * @throws whatever an exchange throws
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
    // Awaited below; until then a failure must not count as unhandled.
    ended.catch(() => undefined);
    running.push(ended);
  }
  await Promise.all(running);
  return tookMs;
}
