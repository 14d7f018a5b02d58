import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** The console in a browser, and what it complained of. */
export interface ConsoleVisit extends AsyncDisposable {
  readonly page: Page;
  /** Exceptions, requests to another host, warnings and errors of the console: violations of the page's policy are among them. */
  readonly complaints: readonly string[];
}

interface VisitOptions extends BrowserContextOptions {
  /** Of the address, without the question mark. */
  readonly query?: string;
  /** What the browser says of failed requests is no complaint of a page that is about them. @default false */
  readonly failuresExpected?: boolean;
}

/**
 * Opens the console of a gateway in a tab of its own. `await using` closes it. The tab asks for reduced motion unless told
 * otherwise: software rendering of the pulse of unread rows takes as much CPU as loading the page.
 *
 * @param address of the gateway: an origin, with the folder that a proxy has put it below
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
 * Comes back to the tab: the console reads the start of the list at once, not only when its poll interval of 5 s ends. Tests
 * of the interval itself do without.
 */
export async function comeBack(page: Page): Promise<void> {
  await page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')));
}

/** Resizes the window, and waits until the page was drawn for its new size. */
export async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.waitForFunction((width) => innerWidth === width, size.width);
  // The page hears of its size before the first frame, and draws the rows for it before the second one.
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Rules of axe-core whose outcome depends on colours. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * What axe-core finds wrong with the page as it is, a line for each. Its cost grows with the number of elements: 0.7 s of CPU
 * for a table that fills the window.
 *
 * @param rules ids of those to check @default every rule of axe-core that is on by default
 */
export async function axeViolations(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (await page.evaluate('typeof axe === "undefined"')) await page.evaluate(await readFile(axePath, 'utf8'));
  // Violations are the same without it; the rules that passed are then not written down element by element.
  const options: RunOptions = { resultTypes: ['violations'], ...(rules && { runOnly: [...rules] }) };
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults;
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help} (${target.join(' ')}) ${failureSummary ?? ''}`),
  );
}
