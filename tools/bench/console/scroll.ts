import type { Page } from 'playwright-core';

/** Frame times of a scroll, in milliseconds. */
export interface Frames {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
  /** Number of visible rows that were not loaded yet; median over the frames. */
  readonly unknownRows: number;
  readonly seconds: number;
}

/**
 * Scrolls the table to its other end by a constant distance per frame, and measures the time from each frame to the next.
 *
 * @param step in pixels; negative scrolls up
 */
export async function scrollThrough(page: Page, step: number): Promise<Frames> {
  const { deltas, unknown } = await page.evaluate(async (step) => {
    const scroller = document.querySelector('[role="grid"]')?.parentElement;
    if (!scroller) throw new Error('there is no table');
    const deltas: number[] = [];
    const unknown: number[] = [];
    let last = await new Promise<number>(requestAnimationFrame);
    for (;;) {
      const before = scroller.scrollTop;
      scroller.scrollTop += step;
      if (scroller.scrollTop === before) return { deltas, unknown };
      const now = await new Promise<number>(requestAnimationFrame);
      deltas.push(now - last);
      last = now;
      if (deltas.length % 50 === 0) unknown.push(scroller.querySelectorAll('[role="row"][aria-busy]').length);
    }
  }, step);
  const sorted = deltas.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    count: sorted.length,
    median: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    longest: at(1),
    unknownRows: unknown.toSorted((a, b) => a - b)[Math.floor(unknown.length / 2)] ?? 0,
    seconds: deltas.reduce((sum, delta) => sum + delta, 0) / 1000,
  };
}
