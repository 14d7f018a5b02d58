import { type Browser, chromium } from 'playwright-core';
import { part } from '../parts/needs.ts';

/** Starts Chromium. `await using` ends it. Skips the test where there is none. */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: part('chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
