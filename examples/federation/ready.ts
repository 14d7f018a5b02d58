import { setTimeout as wait } from 'node:timers/promises';

/** Poll interval in milliseconds. */
const PAUSE_MS = 100;

/** Waits for a server that is starting: true once `url` responds 200, false when `signal` aborts first. */
export async function untilReady(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const answer = await fetch(url, { signal }).catch(() => undefined);
    if (answer?.ok) return true;
    await wait(PAUSE_MS);
  }
  return false;
}
