import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Console } from '../../src/server/pages/console.ts';
import { startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { place, rowsOn, scroller } from './table-under-test.ts';
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

const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

/** Scrolls to a row and waits until it is in the address. */
async function goTo(page: Page, row: number): Promise<void> {
  await expect.poll(async () => (await rowsOn(page)).length).toBeGreaterThan(5);
  await scroller(page).evaluate((element, row) => {
    element.scrollTop = (row - 1) * 56;
  }, row);
  await expect.poll(() => parameter(page, 'row')).toBe(String(row));
}

/** Ids of the jobs in view, from top to bottom. */
async function inView(page: Page): Promise<string[]> {
  await expect.poll(() => page.locator('[role="row"][aria-busy]').count()).toBe(0);
  const top = await scroller(page).evaluate((element) => element.getBoundingClientRect().top);
  const rows = await rowsOn(page);
  return rows
    .filter((row) => row.top >= top)
    .slice(0, 8)
    .map(({ id }) => id);
}

test('restores the scroll position after a reload', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await goTo(page, 131);
  const before = await inView(page);
  await page.reload();
  await expect.poll(async () => (await place(page)).from).toBe(131);
  expect(await inView(page)).toEqual(before);
  expect(visit.complaints).toEqual([]);
});

test('restores a scroll position among rows that are not loaded yet from the address', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await expect.poll(async () => (await rowsOn(page)).length).toBeGreaterThan(5);
  // Longer than the delay before the position is written to the address.
  gateway.emulator.setLatencyMs(600);
  await scroller(page).evaluate((element) => {
    element.scrollTop = 199 * 56;
  });
  await expect.poll(() => parameter(page, 'row'), { timeout: 5000 }).toBe('200');
  const before = await inView(page);
  await page.reload();
  await expect.poll(async () => (await place(page)).from, { timeout: 5000 }).toBe(200);
  expect(await inView(page)).toEqual(before);
});

test('opens a link at the same jobs after others were added, and shows the row numbers once they are known', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  await goTo(visit.page, 131);
  const before = await inView(visit.page);
  const { search } = new URL(visit.page.url());
  gateway.emulator.insertMany('Basic', 7);

  await using other = await visitConsole(browser, gateway.origin, { query: search.slice(1) });
  const { page } = other;
  await expect.poll(async () => (await rowsOn(page)).length).toBeGreaterThan(5);
  expect(await inView(page)).toEqual(before);
  // The top is loaded automatically, the rows between by scrolling up. The rows in view stay in place.
  await expect
    .poll(async () => {
      await page.mouse.move(400, 400);
      await page.mouse.wheel(0, -800);
      return (await rowsOn(page)).some(({ index }) => index === 0);
    })
    .toBe(true);
  // Rows that are loaded above keep the rows in view, and so move what was scrolled to.
  await expect
    .poll(async () => {
      await scroller(page).evaluate((element) => {
        element.scrollTop = 137 * 56;
      });
      return place(page);
    })
    .toMatchObject({ from: 138, total: 278, about: false });
  expect(await inView(page)).toEqual(before);
});

test('restores lists, jobs and views with their scroll positions on back and forward', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await goTo(page, 41);
  const before = await inView(page);
  await page.getByRole('radio', { name: 'Standard', exact: true }).click();
  await expect.poll(async () => (await place(page)).total).toBe(42);
  await page.getByRole('radio', { name: 'Charts' }).click();
  await page.getByRole('heading', { name: /42/ }).waitFor();
  await expect.poll(() => parameter(page, 'view')).toBe('charts');

  await page.goBack();
  await expect.poll(async () => (await place(page)).total).toBe(42);
  await page.goBack();
  await expect.poll(async () => (await place(page)).total).toBe(271);
  await expect.poll(async () => (await place(page)).from).toBe(41);
  expect(await inView(page)).toEqual(before);
  await page.goForward();
  await expect.poll(async () => (await place(page)).total).toBe(42);
  expect(await page.getByRole('radio', { name: 'Standard', exact: true }).isChecked()).toBe(true);
  expect(visit.complaints).toEqual([]);
});

test('writes the open job to the address and returns to the same list position on close or Back', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await goTo(page, 41);
  const before = await inView(page);
  const row = page.locator(`[data-id="${before[2]}"]`);
  await row.click();
  await page.getByRole('dialog').waitFor();
  expect(parameter(page, 'job')).toBe(before[2]);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => parameter(page, 'job')).toBe(null);
  await expect.poll(() => row.evaluate((element) => element === document.activeElement)).toBe(true);

  await row.click();
  await page.getByRole('dialog').waitFor();
  await expect.poll(() => parameter(page, 'job')).not.toBeNull();
  const link = new URL(page.url()).search.slice(1);
  await page.goBack();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await inView(page)).toEqual(before);

  // The link opens the job over the list; closing it returns to the list.
  await page.goto(`${gateway.origin}/console?${link}`);
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await inView(page)).toEqual(before);
});

test('starts at the top of the list when the address has a malformed cursor', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin, {
    query: 'at=nonsense&row=77',
    failuresExpected: true,
  });
  await expect.poll(() => place(visit.page)).toMatchObject({ from: 1, total: 271, about: false });
  await visit.page.goto(`${gateway.origin}/console?type=nonsense&view=7&row=x`);
  await expect.poll(() => place(visit.page)).toMatchObject({ from: 1, total: 271, about: false });
});

/** Scrolls to the top and clicks an element there as soon as it is rendered, before scrolling has settled. */
async function scrollUpAndPress(page: Page, selector: string): Promise<void> {
  await scroller(page).evaluate(
    (element, selector) =>
      new Promise<void>((resolve) => {
        element.scrollTop = 0;
        const press = () => {
          const found = document.querySelector<HTMLElement>(selector);
          if (element.scrollTop > 0 || found === null) return void requestAnimationFrame(press);
          found.click();
          resolve();
        };
        requestAnimationFrame(press);
      }),
    selector,
  );
}

test.each([
  ['opens a job', '[role="row"][aria-rowindex="2"][data-id]', 'dialog', 'job'],
  ['chooses another view', 'input[type="radio"][value="charts"]', 'heading', 'view'],
  ['chooses another edition', 'input[type="radio"][value="standard"]', 'list', 'type'],
])(
  'keeps the latest scroll position when the user scrolls up and %s within 200 ms',
  async (_, selector, shown, name) => {
    await using gateway = await start();
    await using visit = await visitConsole(browser, gateway.origin);
    const { page } = visit;
    await goTo(page, 41);
    await scrollUpAndPress(page, selector);
    if (shown === 'dialog') await page.getByRole('dialog').waitFor();
    else if (shown === 'heading') await page.getByRole('heading', { name: /271/ }).waitFor();
    else await expect.poll(async () => (await place(page)).total).toBe(42);
    // The view changes before the address, whose history entry is what Back leaves.
    await expect.poll(() => parameter(page, name)).not.toBeNull();
    await page.goBack();
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await expect.poll(async () => (await place(page)).total).toBe(271);
    await expect.poll(() => parameter(page, 'at')).toBeNull();
    await expect.poll(async () => (await place(page)).from).toBe(1);
    expect(visit.complaints).toEqual([]);
  },
);
