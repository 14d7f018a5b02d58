import { existsSync } from 'node:fs';
import process from 'node:process';
import { type Browser, chromium } from 'playwright-core';
import { perRun } from '../per-run/get.ts';

/**
 * Connects to the one Chromium of this run: the browser that CHROMIUM_PATH names, or the one of the system. `await using`
 * disconnects, which closes the contexts of this connection; those of other test files are neither visible nor closed.
 *
 * @throws with one line that says how to get one when there is none
 */
export async function startChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(
      `No Chromium at ${executablePath}: install it (Debian and Ubuntu: apt-get install chromium) or name another in CHROMIUM_PATH.`,
    );
  }
  return chromium.connect(await perRun('chromium', executablePath));
}
