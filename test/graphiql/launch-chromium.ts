import { existsSync } from 'node:fs';
import process from 'node:process';
import { type BrowserServer, chromium } from 'playwright-core';

/**
 * Launches the browser that CHROMIUM_PATH names, or the one of the system.
 *
 * @throws with one line that says how to get one when there is none
 */
export async function launchChromium(): Promise<BrowserServer> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(
      `No Chromium at ${executablePath}: install it (Debian and Ubuntu: apt-get install chromium) or name another in CHROMIUM_PATH.`,
    );
  }
  return chromium.launchServer({
    executablePath,
    host: '127.0.0.1',
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
