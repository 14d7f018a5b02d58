import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Console } from '../../src/server/pages/console.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { startRelay } from '../graphiql/relay.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { startFolderProxy } from './folder-proxy.ts';
import { jobRows } from './table-under-test.ts';
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

const start = (gateway = {}) => startGateway({ gateway: { ...gateway, console: built } });

/** Advances the top job by one status and expects the page to show it. */
async function expectLive({ emulator }: GatewayUnderTest, page: Page): Promise<void> {
  const { JobId } = emulator.insert('Basic', { Status: 'Training', VoiceName: 'Followed' });
  await page.reload();
  const row = jobRows(page).filter({ hasText: 'Followed' });
  await row.getByText('Training').first().waitFor();
  await page.waitForFunction(() => performance.now() > 500);
  emulator.change(JobId, { Status: 'Success' });
  await row.getByText('Success').first().waitFor();
}

test('a first visit loads at most 250 kB gzipped, without the code of the charts', async () => {
  await using gateway = await start();
  await using relay = await startRelay(gateway.origin);
  await using context = await browser.newContext();
  const page = await context.newPage();
  const paths: string[] = [];
  page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  await page.goto(`${relay.origin}/console`);
  await jobRows(page).first().waitFor();

  const files = paths.filter((path) => path.startsWith('/console'));
  expect(files.join()).not.toContain('pictures');
  const sizes = await Promise.all(
    files.map(async (path) => {
      const response = await fetch(gateway.origin + path, { headers: { 'accept-encoding': 'gzip' } });
      return Number(response.headers.get('content-length'));
    }),
  );
  const gzipped = sizes.reduce((sum, size) => sum + size, 0);
  // A smaller number would mean that something was not counted.
  expect(gzipped).toBeGreaterThan(50_000);
  expect(gzipped).toBeLessThanOrEqual(250_000);
  // As transferred to browsers, with response headers and the first jobs.
  expect(relay.bytesReceived).toBeLessThanOrEqual(300_000);

  const before = relay.bytesReceived;
  await page.goto(`${relay.origin}/console`);
  await jobRows(page).first().waitFor();
  // Jobs are requested again, files are not: they alone would exceed this.
  expect(relay.bytesReceived - before).toBeLessThan(150_000);
});

test('with TRUSTED_DOCUMENTS=only, jobs are listed, opened and updated live, all by document ids', async () => {
  const trustedDocuments = { mode: 'only', documents: new Map() } as const;
  await using gateway = await start({ trustedDocuments });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  const sent: string[] = [];
  page.on('request', (request) => {
    const body = request.postData();
    if (body !== null) sent.push(body);
  });
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      if (String(payload).includes('"subscribe"'))
        sent.push(JSON.stringify(JSON.parse(String(payload)).payload));
    }),
  );
  await expectLive(gateway, page);
  await jobRows(page).first().getByRole('gridcell').first().click();
  await page.getByRole('dialog').getByRole('heading').first().waitFor();

  const requests = sent.map((body) => JSON.parse(body));
  expect(requests.length).toBeGreaterThan(2);
  for (const { documentId, query } of requests) {
    expect(documentId).toMatch(/^sha256:/);
    expect(query ?? '').toBe('');
  }
  expect(visit.complaints).toEqual([]);
});

test('behind a proxy that serves the gateway under a sub-path, the page and live updates work', async () => {
  await using gateway = await start();
  await using proxy = await startFolderProxy(gateway.origin, '/voice/jobs');
  await using visit = await visitConsole(browser, proxy.address, { query: 'view=charts' });
  await visit.page.getByRole('figure').first().waitFor();
  await visit.page.goto(`${proxy.address}/console`);
  await expectLive(gateway, visit.page);
  expect(visit.complaints).toEqual([]);
});

test.each(['light', 'dark'] as const)(
  "in %s theme, the table in both languages, an open job and the charts comply with the page's Content-Security-Policy",
  async (colorScheme) => {
    await using gateway = await start();
    await using visit = await visitConsole(browser, gateway.origin, { colorScheme });
    const { page } = visit;
    const expectNoStyles = async () =>
      expect(await page.evaluate('document.querySelectorAll("style").length')).toBe(0);

    await jobRows(page).first().locator('[role="gridcell"]').first().click();
    await page.getByRole('dialog').waitFor();
    await expectNoStyles();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await expectNoStyles();
    await page.getByRole('radio', { name: 'Charts' }).click();
    await page.locator('figure').first().waitFor();
    await expectNoStyles();
    await page.goto(`${gateway.origin}/console?lang=zh&type=all`);
    await jobRows(page).first().waitFor();
    await expectNoStyles();
    expect(visit.complaints).toEqual([]);
  },
);
