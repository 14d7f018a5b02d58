import { type Browser, chromium } from 'playwright-core';
import { part } from '../parts/needs.ts';
import { perRun } from '../per-run/get.ts';

/**
 * Connects to the one Chromium of this run. `await using` disconnects, which closes the contexts of this connection; those of
 * other test files are neither visible nor closed. Skips the test where there is no Chromium.
 */
export async function startChromium(): Promise<Browser> {
  return chromium.connect(await perRun('chromium', part('chromium')));
}
