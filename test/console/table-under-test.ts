import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** The rows that are on the page: the place of each in the list, from 0, and the id of its job. Unread ones are left out. */
export function rowsOn(page: Page): Promise<{ index: number; id: string; top: number }[]> {
  return page.locator('[role="row"][data-id]').evaluateAll((rows) =>
    rows.map((row) => ({
      index: Number(row.getAttribute('data-index')),
      id: String(row.getAttribute('data-id')),
      top: row.getBoundingClientRect().top,
    })),
  );
}

/** `4–17 of 274`, as it is written above the table. */
export const position = (page: Page) => page.getByText(/^(About )?[\d,]+–[\d,]+ of [\d,]+$/).innerText();

/** The list's row numbers in view and how many there are, as people read them. */
export async function place(
  page: Page,
): Promise<{ from: number; to: number; total: number; about: boolean }> {
  const text = await position(page);
  const [from = 0, to = 0, total = 0] = [...text.replaceAll(',', '').matchAll(/\d+/g)].map(Number);
  return { from, to, total, about: text.startsWith('About') };
}

/** Waits for it: the numbers follow what scrolls a frame later, the focus and the rows do not. */
export const expectPlace = (page: Page, expected: Partial<Awaited<ReturnType<typeof place>>>) =>
  expect.poll(() => place(page)).toMatchObject(expected);

/** What scrolls. */
export const scroller = (page: Page) => page.locator('div:has(> [role="grid"])');

/**
 * Turns the wheel until the last row is in view, and returns which job was seen at each place. A place that showed two jobs
 * fails.
 */
export async function walkDown(page: Page, beforeEach: () => void = () => {}): Promise<Map<number, string>> {
  const seen = new Map<number, string>();
  const box = await scroller(page).boundingBox();
  if (box === null) throw new Error('there is no table');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await expect
    .poll(
      async () => {
        beforeEach();
        for (const { index, id } of await rowsOn(page)) {
          expect(seen.get(index) ?? id).toBe(id);
          seen.set(index, id);
        }
        await page.mouse.wheel(0, 500);
        const { to, total } = await place(page);
        const isEnd = await scroller(page).evaluate(
          ({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight >= scrollHeight - 2,
        );
        const unread = await page.locator('[role="row"][aria-busy]').count();
        return isEnd && unread === 0 && to === total;
      },
      { timeout: 45_000, interval: 50 },
    )
    .toBe(true);
  for (const { index, id } of await rowsOn(page)) seen.set(index, id);
  return seen;
}
