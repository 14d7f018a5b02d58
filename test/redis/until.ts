import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a condition holds, and returns how long that took, in milliseconds. @throws Error after 15 s */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > 15_000) throw new Error(`waited 15 s for ${what}`);
    await sleep(5);
  }
  return performance.now() - startedAt;
}
