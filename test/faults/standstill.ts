const EVERY_MS = 10;

/** Minimum gap that counts as a stall, in milliseconds. */
const NEGLIGIBLE_MS = 50;

/** Minimum gap above the inaccuracy of timers, in milliseconds. */
const TIMERS_MS = 5;

let totalMs = 0;
/** Includes gaps below a stall: a shared machine takes the processor away for a few milliseconds at a time. */
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
 * Total time for which this process stalled because others used the machine, in milliseconds. Gateway, upstream and callers
 * of a test share this process: its own work, however slow, does not count.
 */
export function standstillMs(): number {
  measure();
  return totalMs;
}

/** `performance.now()` without the time for which others used the processor, for upper bounds of durations. */
export function runningMs(): number {
  measure();
  return lastAt - waitedMs;
}

/** A result, and how long it took by both clocks, in milliseconds. */
export interface Timed<Value> {
  readonly value: Value;
  /** Without the time for which others used the processor: for upper bounds only. */
  readonly runningMs: number;
  /** All of the time, as timers count it: for lower bounds. */
  readonly wallMs: number;
}

/** Runs `act`, and measures how long it takes. */
export async function timed<Value>(act: () => Promise<Value>): Promise<Timed<Value>> {
  const [ranMs, beganAt] = [runningMs(), performance.now()];
  const value = await act();
  return { value, wallMs: performance.now() - beganAt, runningMs: runningMs() - ranMs };
}

/** Maximum number of discarded measurements. */
const MAX_DISCARDED = 4;

/**
 * The result of a measurement during which this process did not stall. Other measurements are discarded before their result
 * or error is read, so a failure alone never causes a repetition. The last of five counts in any case.
 *
 * For tests whose leases, deadlines or slots expire while the process stalls.
 *
 * @param negligibleMs how long the process may stall, in milliseconds
 */
export async function undisturbed<Value>(
  measure: () => Promise<Value>,
  negligibleMs = 2 * NEGLIGIBLE_MS,
): Promise<Value> {
  for (let discarded = 0; ; discarded++) {
    const stoodStillMs = standstillMs();
    const [outcome] = await Promise.allSettled([measure()]);
    if (discarded < MAX_DISCARDED && standstillMs() - stoodStillMs > negligibleMs) continue;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }
}
