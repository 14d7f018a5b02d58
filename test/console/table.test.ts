import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Console } from '../../src/server/pages/console.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { expectPlace, place, rowsOn, scroller, walkDown } from './table-under-test.ts';
import { comeBack, visitConsole } from './visit-console.ts';

needs('chromium');

let browser: Browser;
let built: Console;

beforeAll(async () => {
  [browser, built] = await Promise.all([startChromium(), buildConsole()]);
});

afterAll(async () => {
  await browser?.close();
});

/**
 * @param basicCount jobs of the Basic list. Each row that is scrolled past takes some 5 ms of CPU, so tests that are
 * not about the length use short lists: the console loads pages of 100
 */
const start = (basicCount = 271) =>
  startGateway({ emulator: { basicCount }, gateway: { console: built, trustedDocuments: undefined } });

/** Global ids of a list, as the gateway derives them from the upstream's ids. */
async function idsOf({ ask }: GatewayUnderTest, type: 'BASIC' | 'STANDARD' | 'ALL'): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const query = `query ($type: CustomizedVoiceJobTypeFilter!, $after: String) {
      customizedVoiceJobs(type: $type, first: 100, after: $after) {
        pageInfo { hasNextPage endCursor } nodes { id } } }`;
    const { data } = await ask(query, { type, after });
    ids.push(...data.customizedVoiceJobs.nodes.map(({ id }: { id: string }) => id));
    if (!data.customizedVoiceJobs.pageInfo.hasNextPage) return ids;
    after = data.customizedVoiceJobs.pageInfo.endCursor;
  }
}

const inOrder = (seen: ReadonlyMap<number, string>) =>
  [...seen].sort(([a], [b]) => a - b).map(([, id]) => id);
/** A tall window: scrolling to the end takes fewer steps. */
const TALL = { viewport: { width: 1280, height: 1600 } };

const shown = (page: Page) => expect.poll(async () => (await rowsOn(page)).length);

test('scrolling to the end shows each of the 271 jobs once, in list order', async () => {
  await using gateway = await start();
  const ids = await idsOf(gateway, 'BASIC');
  await using visit = await visitConsole(browser, gateway.origin);
  await shown(visit.page).toBeGreaterThan(5);
  await expectPlace(visit.page, { from: 1 });
  expect(inOrder(await walkDown(visit.page))).toEqual(ids);
  await expectPlace(visit.page, { to: 271, total: 271, about: false });
  expect(visit.complaints).toEqual([]);
});

test('while jobs arrive, each earlier job is shown once, in its place, and new ones wait', async () => {
  await using gateway = await start(150);
  const ids = await idsOf(gateway, 'BASIC');
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await shown(page).toBeGreaterThan(5);
  const seen = await walkDown(page, () => void gateway.emulator.insertMany('Basic', 1));
  expect(inOrder(seen)).toEqual(ids);
  const arrived = gateway.emulator.list('Basic').length - ids.length;
  expect(arrived).toBeGreaterThan(10);

  await comeBack(page);
  const bar = page.getByRole('button', { name: 'new jobs' });
  await expect.poll(() => bar.innerText()).toContain(`${arrived} new jobs`);
  await expectPlace(page, { to: ids.length + arrived, total: ids.length + arrived });
  await bar.click();
  await expectPlace(page, { from: 1 });
  const all = await idsOf(gateway, 'BASIC');
  expect((await rowsOn(page))[0]?.id).toBe(all[0]);
  expect(inOrder(await walkDown(page))).toEqual(all);
  expect(visit.complaints).toEqual([]);
});

test('new jobs do not move the rows in view', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await shown(page).toBeGreaterThan(5);
  await scroller(page).evaluate((element) => {
    element.scrollTop = 3333;
  });
  await expectPlace(page, { from: 60 });
  const before = await rowsOn(page);
  gateway.emulator.insertMany('Basic', 3);
  await page.getByRole('button', { name: '3 new jobs' }).waitFor();
  expect(await rowsOn(page)).toEqual(before);
  // The row numbers include them, as the whole list does.
  await expectPlace(page, { from: 63, total: 274 });
  expect(await page.title()).toBe('(3) Voice cloning');
  await page.getByRole('button', { name: '3 new jobs' }).click();
  await expect.poll(() => page.title()).toBe('Voice cloning');
});

test('one click goes to the last page, one to the first, without loading the rows between', async () => {
  await using gateway = await start(210);
  const ids = await idsOf(gateway, 'BASIC');
  await using visit = await visitConsole(browser, gateway.origin, TALL);
  const { page } = visit;
  await shown(page).toBeGreaterThan(5);
  const asked: Record<string, unknown>[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') asked.push(request.postDataJSON().variables);
  });
  await page.getByRole('button', { name: 'Oldest' }).click();
  await expect.poll(async () => (await rowsOn(page)).at(-1)?.id).toBe(ids.at(-1));
  await expectPlace(page, { to: 210, total: 210, about: false });
  const pages = asked.filter((variables) => 'type' in variables && !('before' in variables));
  expect(pages).toEqual([{ type: 'BASIC', last: 100 }]);

  await page.getByRole('button', { name: 'Newest' }).click();
  await expect.poll(async () => (await rowsOn(page))[0]?.id).toBe(ids[0]);
  await expectPlace(page, { from: 1 });
  // The rows between are loaded from both sides when the user scrolls there, each once.
  expect(inOrder(await walkDown(page))).toEqual(ids);
});

test('switching the edition shows each list at the position where it was left', async () => {
  await using gateway = await start(110);
  await using visit = await visitConsole(browser, gateway.origin, TALL);
  const { page } = visit;
  const choose = (name: string) => page.getByRole('radio', { name, exact: true }).click();
  await shown(page).toBeGreaterThan(5);
  await walkDown(page);
  await expect.poll(() => new URL(page.url()).searchParams.has('at')).toBe(true);
  const left = await place(page);

  await choose('Standard');
  await expectPlace(page, { total: 42 });
  expect(inOrder(await walkDown(page))).toEqual(await idsOf(gateway, 'STANDARD'));
  await choose('All');
  await expectPlace(page, { total: 152 });
  expect(inOrder(await walkDown(page))).toEqual(await idsOf(gateway, 'ALL'));
  await choose('Basic');
  await expectPlace(page, left);
  expect(visit.complaints).toEqual([]);
});

test('scrolling and switching at once still restores the position', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await shown(page).toBeGreaterThan(5);
  await page.getByRole('button', { name: 'Oldest' }).click();
  await expectPlace(page, { to: 271 });
  await expect.poll(async () => (await rowsOn(page)).at(-1)?.index).toBe(270);
  // Within the page, so that scrolling does not settle in between.
  await scroller(page).evaluate(async (element) => {
    const drawn = () => new Promise((resolve) => requestAnimationFrame(resolve));
    element.scrollTop = 199 * 56;
    await drawn();
    await drawn();
    document.querySelector<HTMLElement>('input[type="radio"][value="standard"]')?.click();
  });
  await expectPlace(page, { total: 42 });
  await page.getByRole('radio', { name: 'Basic', exact: true }).click();
  await expectPlace(page, { from: 200, total: 271 });
});

test('rows below deleted jobs move up', async () => {
  await using gateway = await start(160);
  await using visit = await visitConsole(browser, gateway.origin, TALL);
  const { page } = visit;
  await shown(page).toBeGreaterThan(5);
  // Below the hundred loaded rows.
  for (const { JobId } of gateway.emulator.list('Basic').slice(110, 150)) gateway.emulator.remove(JobId);
  const seen = inOrder(await walkDown(page));
  expect(seen).toEqual(await idsOf(gateway, 'BASIC'));
  await expectPlace(page, { to: 120, total: 120 });
});

test('jobs deleted while the page is open disappear, at the top and further down', async () => {
  await using gateway = await start(120);
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await shown(page).toBeGreaterThan(5);
  const ids = await idsOf(gateway, 'BASIC');
  const remove = (from: number, to: number) => {
    for (const { JobId } of gateway.emulator.list('Basic').slice(from, to)) gateway.emulator.remove(JobId);
  };
  const isShown = (id: string | undefined) => page.locator(`[data-id="${id}"]`).count();
  remove(6, 8);
  await comeBack(page);
  await expect.poll(() => isShown(ids[6])).toBe(0);
  expect((await rowsOn(page)).slice(0, 8).map(({ id }) => id)).toEqual([
    ...ids.slice(0, 6),
    ...ids.slice(8, 10),
  ]);
  await expectPlace(page, { from: 1, total: 118, about: false });

  await scroller(page).evaluate((element) => {
    element.scrollTop = 60 * 56;
  });
  // Two jobs above were deleted.
  await expect.poll(async () => (await rowsOn(page)).some(({ id }) => id === ids[64])).toBe(true);
  const before = await page.locator(`[data-id="${ids[64]}"]`).boundingBox();
  remove(64, 65);
  await comeBack(page);
  await expect.poll(() => isShown(ids[66])).toBe(0);
  expect(await page.locator(`[data-id="${ids[64]}"]`).boundingBox()).toEqual(before);
  await page.getByRole('button', { name: 'Newest' }).click();
  await expect.poll(async () => (await rowsOn(page))[0]?.id).toBe(ids[0]);
  expect(inOrder(await walkDown(page))).toEqual(await idsOf(gateway, 'BASIC'));
});
