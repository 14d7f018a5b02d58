import type { Page } from 'playwright-core';
import { expect } from 'vitest';

// Plain CSS selectors: Playwright's own (`:has()`, text, accessible names) examine each of a thousand elements again,
// which took as much CPU as the console itself.

/** Loaded rows. */
export const jobRows = (page: Page) => page.locator('[role="row"][data-id]');

/** Waits until the list is loaded. */
export const listed = (page: Page) => expect.poll(() => jobRows(page).count()).toBeGreaterThan(5);

/** The rendered rows: index in the list from 0, id of the job, and position. Rows that are not loaded are omitted. */
export function rowsOn(page: Page): Promise<{ index: number; id: string; top: number }[]> {
  return jobRows(page).evaluateAll((rows) =>
    rows.map((row) => ({
      index: Number(row.getAttribute('data-index')),
      id: String(row.getAttribute('data-id')),
      top: row.getBoundingClientRect().top,
    })),
  );
}

/** The text above the table, as in `4–17 of 274`. */
const position = (page: Page) => page.locator('main > section > div:first-child > p:first-child').innerText();

/** Parsed row numbers above the table. */
export async function place(
  page: Page,
): Promise<{ from: number; to: number; total: number; about: boolean }> {
  const text = await position(page);
  expect(text).toMatch(/^(About )?[\d,]+–[\d,]+ of [\d,]+$/);
  const [from = 0, to = 0, total = 0] = [...text.replaceAll(',', '').matchAll(/\d+/g)].map(Number);
  return { from, to, total, about: text.startsWith('About') };
}

/** Waits for row numbers: they are rendered a frame after scrolling, unlike focus and rows. */
export const expectPlace = (page: Page, expected: Partial<Awaited<ReturnType<typeof place>>>) =>
  expect.poll(() => place(page)).toMatchObject(expected);

/** The scrolling element. */
export const scroller = (page: Page) => page.locator('main > section > div:last-child');

/**
 * Scrolls with the wheel until the last row is in view, and returns the job seen at each index. Fails when an index
 * showed two jobs.
 */
export async function walkDown(page: Page, beforeEach: () => void = () => {}): Promise<Map<number, string>> {
  const seen = new Map<number, string>();
  const box = await scroller(page).boundingBox();
  if (box === null) throw new Error('there is no table');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (const { index, id } of await rowsOn(page)) seen.set(index, id);
  let scrollTop = await scroller(page).evaluate((element) => element.scrollTop);
  await expect
    .poll(
      async () => {
        beforeEach();
        await page.mouse.wheel(0, Math.floor(box.height * 0.9));
        const view = await afterScrolling(page, scrollTop);
        scrollTop = view.scrollTop;
        for (const { index, id } of view.rows) {
          expect(seen.get(index) ?? id).toBe(id);
          seen.set(index, id);
        }
        if (!view.isEnd || view.unread > 0) return false;
        const { to, total } = await place(page);
        return to === total;
      },
      { timeout: 45_000, interval: 10 },
    )
    .toBe(true);
  for (const { index, id } of await rowsOn(page)) seen.set(index, id);
  return seen;
}

/** The rows in view after the table has scrolled and rendered, or when it cannot scroll further. */
function afterScrolling(page: Page, from: number) {
  return scroller(page).evaluate(async (element, from) => {
    const drawn = () => new Promise((resolve) => requestAnimationFrame(resolve));
    for (let frame = 0; frame < 10 && element.scrollTop === from; frame++) await drawn();
    await drawn();
    await drawn();
    const rows = [...document.querySelectorAll('[role="row"][data-id]')];
    return {
      rows: rows.map((row) => ({
        index: Number(row.getAttribute('data-index')),
        id: String(row.getAttribute('data-id')),
      })),
      scrollTop: element.scrollTop,
      isEnd: element.scrollTop + element.clientHeight >= element.scrollHeight - 2,
      unread: document.querySelectorAll('[role="row"][aria-busy]').length,
    };
  }, from);
}
