import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Console } from '../../src/server/pages/console.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { expectPlace, rowsOn } from './table-under-test.ts';
import { type ConsoleVisit, resize, visitConsole } from './visit-console.ts';

needs('chromium');

let browser: Browser;
let built: Console;

beforeAll(async () => {
  [browser, built] = await Promise.all([startChromium(), buildConsole()]);
});

afterAll(async () => {
  await browser?.close();
});

describe.each(['en', 'zh'])('in the language %s', (lang) => {
  let gateway: GatewayUnderTest;
  let visit: ConsoleVisit;

  beforeAll(async () => {
    gateway = await startGateway({ gateway: { console: built } });
    visit = await visitConsole(browser, gateway.origin, { query: `lang=${lang}` });
  });

  afterAll(async () => {
    await visit?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
  });

  test.each([320, 390, 600, 767, 768, 1024, 1280, 1440, 2560])(
    'at %i pixels every control is in view, and no row overlaps another',
    async (width) => {
      const { page } = visit;
      await resize(page, { width, height: 800 });
      await expectRoom(page, width);
      const toggle = page.locator('search > button');
      const isFolded = await toggle.isVisible();
      expect(isFolded).toBe(width < 768);
      if (isFolded) {
        await toggle.click();
        await page.locator('search > div').waitFor();
        await expectRoom(page, width);
        await toggle.click();
      }
      if (lang === 'en') await expectPlace(page, { from: 1 });
      await page.locator('input[value="voices"]').click();
      await expectRoom(page, width);
      await page.locator('input[value="jobs"]').click();
      await expectRoom(page, width);
      expect(visit.complaints).toEqual([]);
    },
  );
});

/** Expects rows that fill the width without overlaps, and every control in view. */
async function expectRoom(page: Page, width: number): Promise<void> {
  await expect.poll(async () => (await rowsOn(page)).length).toBeGreaterThan(5);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  const controls = page.locator(
    'header label, header button, search button, search input, section button:not([role="row"] *)',
  );
  for (const box of await controls.evaluateAll((all) =>
    all.map((element) => {
      const { left, right } = element.getBoundingClientRect();
      return { left, right };
    }),
  )) {
    expect(box.left).toBeGreaterThanOrEqual(0);
    expect(box.right).toBeLessThanOrEqual(width);
  }
  const boxes = await page.locator('[role="row"][data-id]').evaluateAll((rows) =>
    rows.map((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      const cells = [...row.children].map((cell) => cell.getBoundingClientRect());
      const inside = cells.every((cell) => cell.height === 0 || (cell.top >= top && cell.bottom <= bottom));
      return { top, bottom, inside };
    }),
  );
  for (const [index, box] of boxes.entries()) {
    expect(box.inside).toBe(true);
    expect(box.top).toBeCloseTo(boxes[index - 1]?.bottom ?? box.top, 0);
  }
}

test('at 200 % zoom, rows become cards', async () => {
  await using gateway = await startGateway({ gateway: { console: built } });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  const height = async () => (await page.locator('[role="row"][data-id]').first().boundingBox())?.height;
  await expect.poll(height).toBe(56);
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setDeviceMetricsOverride', {
    width: 640,
    height: 800,
    deviceScaleFactor: 2,
    mobile: false,
  });
  await expect.poll(height).toBe(104);
});
