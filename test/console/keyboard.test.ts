import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { expectPlace, listed, place, rowsOn } from './table-under-test.ts';
import { type ConsoleVisit, comeBack, visitConsole } from './visit-console.ts';

needs('chromium');

// One page for all tests; each begins by placing the focus.
let browser: Browser;
let gateway: GatewayUnderTest;
let visit: ConsoleVisit;
let page: Page;

beforeAll(async () => {
  const [started, built] = await Promise.all([startChromium(), buildConsole()]);
  browser = started;
  gateway = await startGateway({ gateway: { console: built } });
  visit = await visitConsole(browser, gateway.origin, { permissions: ['clipboard-read', 'clipboard-write'] });
  page = visit.page;
});

beforeEach(() => listed(page));

afterEach(() => expect(visit.complaints).toEqual([]));

afterAll(async () => {
  await browser?.close();
  await gateway?.[Symbol.asyncDispose]();
});

/** Description of the focused element. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return 'nothing';
    const row = element.getAttribute('data-index');
    if (row !== null) return `row ${row}`;
    const own = element.tagName === 'BUTTON' ? element : element.parentElement;
    return element.getAttribute('aria-label') ?? (own as HTMLElement).innerText;
  });

async function press(page: Page, ...keys: string[]): Promise<string> {
  for (const key of keys) await page.keyboard.press(key);
  return focused(page);
}

test('the Tab key moves through the page in visual order, and the table is one stop with its buttons', async () => {
  const stops: string[] = [];
  for (let stop = 0; stop < 16; stop++) stops.push(await press(page, 'Tab'));
  expect(stops.map((text) => text.trim())).toEqual([
    'Basic',
    'Jobs',
    '中文',
    'Dark theme',
    'Search',
    'Status',
    'Scenario',
    'Gender',
    'Created',
    'Export as CSV',
    'Newest',
    'Oldest',
    'row 0',
    'Copy Voice ID',
    'Copy Job ID',
    'nothing',
  ]);
});

test('Enter opens a job, Escape closes it and returns the focus to its row', async () => {
  await page.locator('[data-index="0"]').focus();
  await press(page, 'ArrowDown', 'ArrowDown', 'Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => focused(page)).toBe('row 2');
});

test('new jobs do not steal the focus, and the focused row stays the same job', async () => {
  await page.locator('[data-index="0"]').focus();
  await press(page, 'ArrowDown', 'ArrowDown');
  const job = await page.evaluate(() => document.activeElement?.getAttribute('data-id'));
  gateway.emulator.insertMany('Basic', 2);
  await comeBack(page);
  const bar = page.getByRole('button', { name: '2 new jobs' });
  await bar.waitFor();
  expect(await focused(page)).toBe('row 2');
  await bar.press('Enter');
  await expect.poll(() => page.locator(`[data-id="${job}"]`).getAttribute('data-index')).toBe('4');
});

test('copying an id is announced to screen readers', async () => {
  const row = page.locator('[data-index="3"]');
  await row.hover();
  await row.getByRole('button', { name: 'Copy Job ID' }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(gateway.emulator.list('Basic')[3]?.JobId);
  await expect.poll(() => page.locator('.announced').innerText()).toContain('Job ID');
  expect(await page.getByRole('dialog').count()).toBe(0);
});

// Last, because it scrolls. Two jobs were added since the page was opened.
test('arrow, page, Home and End keys reach every row, loaded or not', async () => {
  await page.locator('[data-index="0"]').focus();
  expect(await press(page, 'ArrowDown', 'ArrowDown')).toBe('row 2');
  expect(await press(page, 'ArrowUp')).toBe('row 1');
  expect(await press(page, 'ArrowUp', 'ArrowUp', 'ArrowUp')).toBe('row 0');
  const { to } = await place(page);
  await page.keyboard.press('PageDown');
  await expect.poll(() => focused(page)).toMatch(/^row [1-9]\d*$/);
  const afterPage = Number((await focused(page)).slice(4));
  expect(afterPage).toBeGreaterThan(3);
  expect(afterPage).toBeLessThanOrEqual(to);

  await page.keyboard.press('End');
  await expect.poll(() => focused(page)).toBe('row 272');
  // The row is loaded meanwhile, and keeps the focus.
  await expect.poll(async () => (await rowsOn(page)).at(-1)?.index).toBe(272);
  expect(await focused(page)).toBe('row 272');
  expect(await press(page, 'ArrowUp')).toBe('row 271');
  await page.keyboard.press('Home');
  await expect.poll(() => focused(page)).toBe('row 0');
  await expectPlace(page, { from: 1 });
});
