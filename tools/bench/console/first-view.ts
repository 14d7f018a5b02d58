import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';

/** Cost of the console's first view. */
export interface FirstView {
  /** Size of the page and of every file that it needs before the first job is shown, by coding. */
  readonly bytes: { readonly plain: number; readonly gzip: number; readonly brotli: number };
  readonly files: number;
  /** Time from the start of the navigation until the first job can be opened, with an empty cache, in milliseconds. */
  readonly interactiveMs: number;
  /** Number of main thread tasks of more than 50 ms until then. */
  readonly longTasks: number;
}

/** Opens the console in a browser with an empty cache. */
export async function firstView(browser: Browser, origin: string): Promise<FirstView> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname.startsWith('/console')) bodies.push(response.body());
  });
  await page.addInitScript(() => {
    let longTasks = 0;
    new PerformanceObserver((list) => {
      longTasks += list.getEntries().length;
    }).observe({ type: 'longtask', buffered: true });
    new MutationObserver((_, observer) => {
      if (document.querySelector('[role="row"][data-id]') === null) return;
      observer.disconnect();
      // One task later, so that work deferred by the first rendering is done.
      setTimeout(() => {
        Object.assign(globalThis, { interactive: { ms: performance.now(), longTasks } });
      });
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(`${origin}/console`);
  const handle = await page.waitForFunction(
    () => (globalThis as { interactive?: { ms: number; longTasks: number } }).interactive,
  );
  const { ms, longTasks } = (await handle.jsonValue()) ?? { ms: Number.NaN, longTasks: 0 };
  const read = await Promise.all(bodies);
  await context.close();
  const sum = (size: (body: Buffer) => number) => read.reduce((total, body) => total + size(body), 0);
  return {
    bytes: {
      plain: sum((body) => body.length),
      gzip: sum((body) => gzipSync(body).length),
      brotli: sum((body) => brotliCompressSync(body).length),
    },
    files: read.length,
    interactiveMs: ms,
    longTasks,
  };
}
