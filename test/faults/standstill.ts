const EVERY_MS = 10;

/** Shorter gaps are no standstill, in milliseconds. */
const NEGLIGIBLE_MS = 50;

/** Shorter gaps may be the inaccuracy of timers, in milliseconds. */
const TIMERS_MS = 5;

let totalMs = 0;
/** With the gaps that are no standstill: a machine that many share takes the processor away for a few milliseconds at a time. */
let waitedMs = 0;
let lastAt = performance.now();
let lastCpu = process.cpuUsage();

function measure(): void {
  const [now, cpu] = [performance.now(), process.cpuUsage()];
  const goneMs = now - lastAt - EVERY_MS;
  const usedMs = (cpu.user + cpu.system - lastCpu.user - lastCpu.system) / 1000;
  if (goneMs - usedMs > NEGLIGIBLE_MS) totalMs += goneMs - usedMs;
  if (goneMs - usedMs > TIMERS_MS) waitedMs += goneMs - usedMs;
  [lastAt, lastCpu] = [now, cpu];
}

setInterval(measure, EVERY_MS).unref();

/**
 * For how long this process has stood still so far because others had the machine, in milliseconds. Gateway, upstream and
 * callers of a test are all one process: what it does itself, however slowly, does not count.
 */
export function standstillMs(): number {
  measure();
  return totalMs;
}

/** `performance.now()` without the time for which others had the processor: for upper bounds of durations. */
export function runningMs(): number {
  measure();
  return lastAt - waitedMs;
}

/** Maximum number of discarded measurements. */
const MOST_DISCARDED = 4;

/**
 * The result of a measurement during which this process did not stand still. A measurement during which it did is discarded
 * before anybody looks at its result or error, so a failure alone never repeats it. The last of five counts in any case.
 *
 * For tests whose leases, deadlines or slots run out by a clock that goes on while the process stands still.
 *
 * @param negligibleMs how long the process may stand still, in milliseconds
 */
export async function undisturbed<Value>(
  measure: () => Promise<Value>,
  negligibleMs = 2 * NEGLIGIBLE_MS,
): Promise<Value> {
  for (let discarded = 0; ; discarded++) {
    const stoodStillMs = standstillMs();
    const [outcome] = await Promise.allSettled([measure()]);
    if (discarded < MOST_DISCARDED && standstillMs() - stoodStillMs > negligibleMs) continue;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }
}
