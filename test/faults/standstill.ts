const EVERY_MS = 10;

/** Less than this is nobody's fault, in milliseconds. */
const NEGLIGIBLE_MS = 50;

let totalMs = 0;
let lastAt = performance.now();
let lastCpu = process.cpuUsage();

setInterval(() => {
  const [now, cpu] = [performance.now(), process.cpuUsage()];
  const goneMs = now - lastAt - EVERY_MS;
  const usedMs = (cpu.user + cpu.system - lastCpu.user - lastCpu.system) / 1000;
  if (goneMs - usedMs > NEGLIGIBLE_MS) totalMs += goneMs - usedMs;
  [lastAt, lastCpu] = [now, cpu];
}, EVERY_MS).unref();

/**
 * For how long this process has stood still so far because others had the machine, in milliseconds. Gateway, upstream and
 * callers of a test are all one process: what it does itself, however slowly, does not count.
 */
export function standstillMs(): number {
  return totalMs;
}
