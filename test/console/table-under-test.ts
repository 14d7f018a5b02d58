import type { Page } from 'playwright-core';
import { expect } from 'vitest';

// Selectors here are plain CSS. Playwright's own (`:has()`, a text or an accessible name among all elements) look at each of a
// thousand elements anew, which took as much CPU as the console itself.

/** Rows of jobs that are read. */
export const jobRows = (page: Page) => page.locator('[role="row"][data-id]');

/** Waits until the list is there. */
export const listed = (page: Page) => expect.poll(() => jobRows(page).count()).toBeGreaterThan(5);

/** The rows that are on the page: the place of each in the list, from 0, and the id of its job. Unread ones are left out. */
export function rowsOn(page: Page): Promise<{ index: number; id: string; top: number }[]> {
  return jobRows(page).evaluateAll((rows) =>
    rows.map((row) => ({
      index: Number(row.getAttribute('data-index')),
      id: String(row.getAttribute('data-id')),
      top: row.getBoundingClientRect().top,
    })),
  );
}

/** `4–17 of 274`, as it is written above the table. */
const position = (page: Page) => page.locator('main > section > div:first-child > p:first-child').innerText();

/** The list's row numbers in view and how many there are, as people read them. */
export async function place(
  page: Page,
): Promise<{ from: number; to: number; total: number; about: boolean }> {
  const text = await position(page);
  expect(text).toMatch(/^(About )?[\d,]+–[\d,]+ of [\d,]+$/);
  const [from = 0, to = 0, total = 0] = [...text.replaceAll(',', '').matchAll(/\d+/g)].map(Number);
  return { from, to, total, about: text.startsWith('About') };
}

/** Waits for it: the numbers follow what scrolls a frame later, the focus and the rows do not. */
export const expectPlace = (page: Page, expected: Partial<Awaited<ReturnType<typeof place>>>) =>
  expect.poll(() => place(page)).toMatchObject(expected);

/** What scrolls. */
export const scroller = (page: Page) => page.locator('main > section > div:last-child');

/**
 * Turns the wheel until the last row is in view, and returns which job was seen at each place. A place that showed two jobs
 * fails.
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

/** What is in view once the table has scrolled away from a place and was drawn, or where it does not scroll. */
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
