import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** The console in a browser, and its complaints. */
export interface ConsoleVisit extends AsyncDisposable {
  readonly page: Page;
  /**
   * Exceptions, requests to other hosts, and warnings and errors of the browser console, which include violations of
   * the Content-Security-Policy.
   */
  readonly complaints: readonly string[];
}

interface VisitOptions extends BrowserContextOptions {
  /** Query of the address, without the question mark. */
  readonly query?: string;
  /** Whether failed requests are expected, so that they are no complaint. @default false */
  readonly failuresExpected?: boolean;
}

/**
 * Opens the console of a gateway in a tab of its own. `await using` closes it. The tab prefers reduced motion unless
 * told otherwise: rendering the pulse of skeleton rows in software takes as much CPU as loading the page.
 *
 * @param address origin of the gateway, with the sub-path of a proxy if any
 */
export async function visitConsole(
  browser: Browser,
  address: string,
  { query = '', failuresExpected = false, ...options }: VisitOptions = {},
): Promise<ConsoleVisit> {
  const context = await browser.newContext({
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  const { origin } = new URL(address);
  const complaints: string[] = [];
  context.on('request', (request) => {
    const { origin: asked, protocol } = new URL(request.url());
    if (asked !== origin && protocol !== 'data:') complaints.push(`request to ${request.url()}`);
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const isNetwork = /Failed to load resource|WebSocket connection/.test(message.text());
    if (isNetwork && failuresExpected) return;
    if (message.type() === 'warning' || message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${address}/console?${query}`);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/**
 * Makes the tab visible again: the console checks for changes at once instead of at the end of its interval of 5 s.
 * Tests of the interval do without it.
 */
export async function comeBack(page: Page): Promise<void> {
  await page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')));
}

/** Resizes the window and waits until the page is rendered for its new size. */
export async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.waitForFunction((width) => innerWidth === width, size.width);
  // The page learns its size before the first frame and renders the rows for it before the second.
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Rules of axe-core whose outcome depends on colours. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * Violations that axe-core finds, a line each. Its cost grows with the number of elements: 0.7 s of CPU for a full
 * table.
 *
 * @param rules ids of the rules to check @default every rule that axe-core enables by default
 */
export async function axeViolations(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (await page.evaluate('typeof axe === "undefined"')) await page.evaluate(await readFile(axePath, 'utf8'));
  // The violations are the same, but passed rules are not listed element by element.
  const options: RunOptions = { resultTypes: ['violations'], ...(rules && { runOnly: [...rules] }) };
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults;
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help} (${target.join(' ')}) ${failureSummary ?? ''}`),
  );
}
