import { setTimeout as wait } from 'node:timers/promises';

/** Between two looks, in milliseconds. */
const PAUSE_MS = 100;

/** Waits for what is just starting: true once `url` answers 200, false when `signal` fires first. */
export async function untilReady(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const answer = await fetch(url, { signal }).catch(() => undefined);
    if (answer?.ok) return true;
    await wait(PAUSE_MS);
  }
  return false;
}
