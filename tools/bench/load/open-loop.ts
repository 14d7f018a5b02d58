import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { percentile } from '../statistics.ts';

/** Maximum delay of timers, in milliseconds; the rest of the time until a request is due is spent polling. */
const TIMER_SLACK_MS = 1.2;

/** The durations of an open loop, and how fast the machine was meanwhile. */
export interface OpenLoop {
  /** Time from when each request was due until it ended, in milliseconds; queueing counts. */
  readonly tookMs: readonly number[];
  /**
   * Whether the machine ran at its usual speed during each request, and during `marginMs` before it: a probe right before each
   * request took less than twice its median.
   */
  readonly atFullSpeed: readonly boolean[];
}

/**
 * Starts `count` requests at a constant rate, whether earlier ones have finished or not (open loop).
 *
 * @param marginMs time that a queue needs to empty after the machine has been slow, in milliseconds
 * @throws any error of a request
 */
export async function openLoop(
  count: number,
  perSecond: number,
  exchange: (index: number) => Promise<void>,
  marginMs = 0,
): Promise<OpenLoop> {
  const periodMs = 1000 / perSecond;
  const startMs = performance.now() + 20;
  const tookMs: number[] = [];
  const probesMs: number[] = [];
  const running: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    const dueMs = startMs + index * periodMs;
    const restMs = dueMs - performance.now() - TIMER_SLACK_MS;
    if (restMs > 0) await sleep(restMs);
    probesMs.push(speedProbe());
    while (performance.now() < dueMs) await turn();
    const ended = exchange(index).then(() => {
      tookMs[index] = performance.now() - dueMs;
    });
    // Awaited below; until then the rejection must not count as unhandled.
    ended.catch(() => undefined);
    running.push(ended);
  }
  await Promise.all(running);
  return { tookMs, atFullSpeed: fullSpeed(tookMs, probesMs, periodMs, marginMs) };
}

/**
 * Whether no slow probe falls into each request or the margin before it. Pure.
 *
 * @param probesMs durations of the probes, one right before each request
 */
export function fullSpeed(
  tookMs: readonly number[],
  probesMs: readonly number[],
  periodMs: number,
  marginMs: number,
): boolean[] {
  const slowMs = 2 * percentile(probesMs, 50);
  return tookMs.map((ms, index) => {
    const first = Math.max(0, index - Math.ceil(marginMs / periodMs));
    const last = index + Math.ceil(ms / periodMs);
    return probesMs.slice(first, last + 1).every((probeMs) => probeMs < slowMs);
  });
}

/** Result of the probes' arithmetic, so that it is not optimised away. */
let arithmetic = 1;

/**
 * Time of a fixed piece of arithmetic, about 20 µs, in milliseconds: the least of three, because a process that waits for the
 * processor for once does not make the machine slow.
 */
function speedProbe(): number {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 3; time++) {
    const startMs = performance.now();
    for (let step = 0; step < 20_000; step++) arithmetic = (Math.imul(arithmetic, 48_271) + 1) | 0;
    leastMs = Math.min(leastMs, performance.now() - startMs);
  }
  return leastMs;
}
