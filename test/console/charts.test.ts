import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Console } from '../../src/server/pages/console.ts';
import { startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { visitConsole } from './visit-console.ts';

needs('chromium');

let browser: Browser;
let built: Console;

beforeAll(async () => {
  [browser, built] = await Promise.all([startChromium(), buildConsole()]);
});

afterAll(async () => {
  await browser?.close();
});

const start = () => startGateway({ gateway: { console: built } });

/** Cells of each row of a chart's table. */
async function tableOf(page: Page, title: string): Promise<string[][]> {
  const bodyRows = page.getByRole('figure', { name: title }).locator('tbody tr');
  const texts = await bodyRows.evaluateAll((rows) =>
    rows.map((row) => [...row.children].map(({ textContent }) => textContent)),
  );
  return texts;
}

test('charts count the loaded jobs and show how many of all these are', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin, { query: 'view=charts&type=standard' });
  const { page } = visit;
  await page.getByRole('heading', { name: 'All 42 jobs' }).waitFor();
  const jobs = gateway.emulator.list('Standard');
  const count = (status: string) => String(jobs.filter(({ Status }) => Status === status).length);
  const states = await tableOf(page, 'By status');
  expect(states.map(([name, number]) => [name, number])).toEqual([
    ['Initialization', count('Initialization')],
    ['Audio detection', count('AudioDetecting')],
    ['Pre-training', count('PreTraining')],
    ['Training', count('Training')],
    ['Success', count('Success')],
    ['Failed', count('Fail')],
  ]);
  // Only the job of the vendor's documentation has a scenario.
  expect((await tableOf(page, 'By scenario')).map(([name, number]) => [name, number])).toEqual([
    ['Story', '1'],
    ['Interaction', '0'],
    ['Navigation', '0'],
    ['No scenario', '41'],
  ]);
  expect(visit.complaints).toEqual([]);
});

test("charts use the days of the user's time zone and name the zone", async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  emulator.clear('Standard');
  // One minute before and one after midnight in Berlin: the same day in UTC.
  emulator.insert('Standard', { CreateTime: '2024-05-01T21:59:00Z', Status: 'Success' });
  emulator.insert('Standard', { CreateTime: '2024-05-01T22:01:00Z', Status: 'Fail' });
  const query = 'view=charts&type=standard';
  await using berlin = await visitConsole(browser, gateway.origin, { query });
  await berlin.page.getByText('Days are in your time zone, Europe/Berlin.').waitFor();
  expect(await tableOf(berlin.page, 'Created per day')).toEqual([
    ['Wed, May 1, 2024', '1', '0', '1'],
    ['Thu, May 2, 2024', '0', '1', '1'],
  ]);
  await using utc = await visitConsole(browser, gateway.origin, { query, timezoneId: 'UTC' });
  await utc.page.getByText('Days are in your time zone, UTC.').waitFor();
  expect(await tableOf(utc.page, 'Created per day')).toEqual([['Wed, May 1, 2024', '1', '1', '2']]);
});

test('charts are drawn without animation, and their data is shown as a table on request', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin, { query: 'view=charts&type=standard' });
  const { page } = visit;
  const figure = page.getByRole('figure', { name: 'By status' });
  await figure.locator('svg .recharts-bar-rectangle').first().waitFor();
  expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  const table = figure.getByRole('table');
  const width = async () => (await table.locator('..').boundingBox())?.width ?? 0;
  expect(await width()).toBeLessThan(2);
  const button = figure.getByRole('button', { name: 'Show table' });
  await button.press('Enter');
  expect(await width()).toBeGreaterThan(100);
  expect(await figure.getByRole('button', { name: 'Hide table' }).getAttribute('aria-expanded')).toBe('true');
  for (const span of ['Day', 'Week', 'Month']) {
    await page.getByRole('radio', { name: span }).click();
    await page.getByRole('heading', { name: `Created per ${span.toLowerCase()}` }).waitFor();
  }
  expect(visit.complaints).toEqual([]);
});
