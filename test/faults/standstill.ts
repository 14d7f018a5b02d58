const EVERY_MS = 10;

/** A shorter gap than this is not counted, in milliseconds. */
const NEGLIGIBLE_MS = 50;

let totalMs = 0;
let lastAt = performance.now();
let lastCpu = process.cpuUsage();

function measure(): void {
  const [now, cpu] = [performance.now(), process.cpuUsage()];
  const goneMs = now - lastAt - EVERY_MS;
  const usedMs = (cpu.user + cpu.system - lastCpu.user - lastCpu.system) / 1000;
  if (goneMs - usedMs > NEGLIGIBLE_MS) totalMs += goneMs - usedMs;
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

/** `performance.now()` without the time for which this process stood still: for limits on how long something takes. */
export function runningMs(): number {
  measure();
  return lastAt - totalMs;
}

/** How often a measurement is discarded at most. */
const MOST_DISCARDED = 4;

/**
 * What a measurement yields during which this process did not stand still. One during which it did is discarded whatever it
 * yields or throws, so a failure by itself never repeats it. On a machine that stands still all the time the last one counts.
 * For what ends by a clock that goes on meanwhile, such as a lease in Redis.
 *
 * @param negligibleMs for how long it may stand still
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
