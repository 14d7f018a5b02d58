import { type Browser, chromium } from 'playwright-core';
import { perRun } from '../per-run/get.ts';

/**
 * Connects to the one Chromium of this run. `await using` disconnects, which closes the contexts of this connection; those of
 * other test files are neither visible nor closed.
 *
 * @throws with one line that says how to get one when there is none
 */
export async function startChromium(): Promise<Browser> {
  return chromium.connect(await perRun('chromium'));
}
