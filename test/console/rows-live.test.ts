import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobRow } from '../../emulator/job.ts';
import type { Console } from '../../src/server/pages/console.ts';
import { startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { jobRows, rowsOn, scroller } from './table-under-test.ts';
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

const start = () => startGateway({ gateway: { console: built } });

const rowOf = (page: Page, { JobId }: JobRow) => page.locator('[role="row"]').filter({ hasText: JobId });

/** Records the WebSockets of a page: how many, and the job of each open subscription. */
function listen(page: Page): { sockets: number; readonly followed: Map<string, string> } {
  const heard = { sockets: 0, followed: new Map<string, string>() };
  page.on('websocket', (socket) => {
    heard.sockets += 1;
    socket.on('framesent', ({ payload }) => {
      const { type, id, payload: operation } = JSON.parse(String(payload));
      if (type === 'subscribe') {
        expect(operation).toMatchObject({ query: '', documentId: expect.stringMatching(/^sha256:/) });
        heard.followed.set(id, operation.variables.jobId);
      }
      if (type === 'complete') heard.followed.delete(id);
    });
  });
  return heard;
}

test('a running job moves from step to step in its row', async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  const job = emulator.insert('Basic', { Status: 'Initialization' });
  await using visit = await visitConsole(browser, gateway.origin);
  const row = rowOf(visit.page, job);
  await row.getByText('Initialization', { exact: true }).waitFor();
  for (const [status, words] of [
    ['AudioDetecting', 'Audio detection'],
    ['PreTraining', 'Pre-training'],
    ['Training', 'Training'],
    ['Success', 'Success'],
  ] as const) {
    emulator.change(job.JobId, { Status: status });
    await row.getByText(words, { exact: true }).waitFor();
  }
  expect(visit.complaints).toEqual([]);
});

test("a job that fails shows the failure in the last step seen, with the upstream's message", async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  const job = emulator.insert('Basic', { Status: 'Training' });
  await using visit = await visitConsole(browser, gateway.origin);
  const row = rowOf(visit.page, job);
  await row.getByText('Training', { exact: true }).waitFor();
  emulator.change(job.JobId, { Status: 'Fail', Message: '第 3 句录音噪声过大' });
  await row
    .getByText(/failed/i)
    .first()
    .waitFor();
  await row.getByText('第 3 句录音噪声过大').waitFor();
  expect(await row.innerText()).toContain('Training');
});

test('a click opens the pressed job even if its row renders again and jobs arrive before the button is released', async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  const job = emulator.insert('Basic', { Status: 'Training', VoiceName: 'pressed' });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  const row = rowOf(page, job);
  await row.getByText('Training', { exact: true }).waitFor();
  await row.hover();
  await page.mouse.down();
  emulator.change(job.JobId, { Status: 'Success' });
  emulator.insertMany('Basic', 2);
  await comeBack(page);
  await row.getByText('Success', { exact: true }).waitFor();
  await page.getByRole('button', { name: '2 new jobs' }).waitFor();
  await page.mouse.up();
  await page.getByRole('dialog').getByRole('heading', { name: 'pressed' }).waitFor();
  expect(visit.complaints).toEqual([]);
});

test('a row that moves under the pressed button, because others were deleted, is not opened', async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await jobRows(page).nth(8).hover();
  await page.mouse.down();
  const [, , , , , , first, second] = emulator.list('Basic');
  for (const job of [first, second]) emulator.remove(job?.JobId ?? '');
  await comeBack(page);
  for (const job of [first, second])
    if (job !== undefined) await rowOf(page, job).waitFor({ state: 'detached' });
  await page.mouse.up();
  // If the earlier click had opened a job, this one would not reach the row.
  await jobRows(page).nth(2).click();
  await page.getByRole('dialog').waitFor();
  expect(new URL(page.url()).searchParams.get('job')).toBe(
    await jobRows(page).nth(2).getAttribute('data-id'),
  );
  expect(visit.complaints).toEqual([]);
});

test('one WebSocket carries subscriptions to the unfinished jobs in view, and to no others', async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  const unfinished = emulator.list('Basic').filter(({ Status }) => Status !== 'Success' && Status !== 'Fail');
  await using visit = await visitConsole(browser, `${gateway.origin}`);
  const { page } = visit;
  const heard = listen(page);
  await page.reload();
  const ids = () => [...heard.followed.values()].sort();
  await expect.poll(ids).toEqual(unfinished.map(({ JobId }) => JobId).sort());
  await scroller(page).evaluate((element) => {
    element.scrollTop = 5000;
  });
  await expect.poll(ids).toEqual([]);
  await scroller(page).evaluate((element) => {
    element.scrollTop = 0;
  });
  await expect.poll(ids).toHaveLength(unfinished.length);
  expect(heard.sockets).toBe(1);
});

test('a job that is deleted while in view is marked as deleted', async () => {
  await using gateway = await start();
  const job = gateway.emulator.insert('Basic', { Status: 'Training' });
  await using visit = await visitConsole(browser, gateway.origin);
  const row = rowOf(visit.page, job);
  await row.getByText('Training', { exact: true }).waitFor();
  gateway.emulator.remove(job.JobId);
  await row.getByText('Deleted').waitFor();
  expect(visit.complaints).toEqual([]);
});

test('a lost connection is shown, and missed statuses arrive when it returns', async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  const job = emulator.insert('Basic', { Status: 'Training' });
  await using visit = await visitConsole(browser, gateway.origin, { failuresExpected: true });
  const { page } = visit;
  const cut: (() => Promise<void>)[] = [];
  let isCut = false;
  await page.routeWebSocket('**/graphql', (socket) => {
    if (isCut) return void socket.close({ code: 1012 });
    socket.connectToServer();
    cut.push(() => socket.close({ code: 1012 }));
  });
  await page.reload();
  const row = rowOf(page, job);
  await row.getByText('Training', { exact: true }).waitFor();
  await expect.poll(() => cut.length).toBe(1);

  isCut = true;
  await cut[0]?.();
  const notice = page.getByText(/Live updates paused/);
  await notice.waitFor();
  emulator.change(job.JobId, { Status: 'Success' });
  isCut = false;
  await row.getByText('Success', { exact: true }).waitFor();
  await notice.waitFor({ state: 'detached' });
  expect((await rowsOn(page)).length).toBeGreaterThan(5);
});
