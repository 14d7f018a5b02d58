import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Console } from '../../src/server/pages/console.ts';
import { type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { expectPlace, jobRows, rowsOn } from './table-under-test.ts';
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

const start = (emulator = {}, gateway: GatewayUnderTestOptions = {}) =>
  startGateway({ emulator, gateway: { ...gateway, console: built } });

const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);
const menu = (page: Page, name: string | RegExp) => page.getByRole('search').getByRole('button', { name });
const dialog = (page: Page) => page.getByRole('dialog');
const said = (page: Page, text: string) =>
  page.getByRole('status').getByText(text, { exact: true }).waitFor();
const ids = async (page: Page) => (await rowsOn(page)).map(({ id }) => id);
const globalId = (jobId: string) => Buffer.from(`CustomizedVoiceJob:${jobId}`).toString('base64');

test('menu selections go to the address, and matching jobs are shown and counted', async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await expectPlace(page, { from: 1, total: 271 });
  await menu(page, 'Status').click();
  await dialog(page).getByRole('checkbox', { name: 'Failed' }).click();
  const failed = emulator.list('Basic').filter(({ Status }) => Status === 'Fail');
  await said(page, `${failed.length} of 271 match`);
  await dialog(page).getByRole('checkbox', { name: 'Training', exact: true }).click();
  await page.keyboard.press('Escape');
  await menu(page, 'Status: 2 selected').waitFor();
  await menu(page, 'Gender').click();
  await dialog(page).getByRole('checkbox', { name: 'Female' }).click();
  const expected = emulator
    .list('Basic')
    .filter(({ Status, Gender }) => ['Fail', 'Training'].includes(Status) && Gender === 'female')
    .map(({ JobId }) => globalId(JobId));
  await said(page, `${expected.length} of 271 match`);
  await expect.poll(() => ids(page)).toEqual(expected.slice(0, (await ids(page)).length));
  expect(parameter(page, 'status')).toBe('FAIL,TRAINING');
  expect(parameter(page, 'gender')).toBe('FEMALE');

  await page.reload();
  await said(page, `${expected.length} of 271 match`);
  await menu(page, 'Clear filters').click();
  await expectPlace(page, { from: 1, total: 271 });
  expect([parameter(page, 'status'), parameter(page, 'gender')]).toEqual([null, null]);
  expect(visit.complaints).toEqual([]);
});

test('a typed text is found in every searched field, regardless of case and width, and in the other edition too', async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  const job = emulator.insert('Standard', { Status: 'Fail', VoiceName: 'Ａｎｎａ', Message: '录音噪声过大' });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await expectPlace(page, { total: 271 });
  await page.getByRole('radio', { name: 'All', exact: true }).click();
  const find = page.getByRole('searchbox', { name: 'Search' });
  for (const text of ['anna', 'ANNA', '噪声', job.JobId.slice(3, 20).toUpperCase(), job.VoiceId]) {
    await find.fill(text);
    await expect.poll(() => parameter(page, 'text')).toBe(text);
    await page.locator(`[data-id="${globalId(job.JobId)}"]`).waitFor();
  }
  await find.fill('no job has this');
  await page.getByRole('heading', { name: 'No matching jobs' }).waitFor();
  await page.getByText('None of the 314 jobs matches the filters.').waitFor();
  await find.fill('');
  await expectPlace(page, { total: 314 });
  expect(visit.complaints).toEqual([]);
});

test("days of creation are in the user's time zone and set by presets and date fields", async () => {
  await using gateway = await start({ basicCount: 3 });
  const { emulator } = gateway;
  // One minute before and one after midnight in Berlin.
  emulator.insert('Basic', { CreateTime: '2026-05-01T21:59:00Z', VoiceName: 'before' });
  emulator.insert('Basic', { CreateTime: '2026-05-01T22:01:00Z', VoiceName: 'after' });
  await using visit = await visitConsole(browser, gateway.origin, { query: 'from=2026-05-02' });
  const { page } = visit;
  await said(page, '1 of 5 match');
  await page.getByRole('row', { name: 'after' }).waitFor();
  await menu(page, 'Created: since May 2, 2026').click();
  await dialog(page).getByLabel('From').fill('2026-05-01');
  await dialog(page).getByLabel('To').fill('2026-05-01');
  await page.getByRole('row', { name: 'before' }).waitFor();
  await said(page, '1 of 5 match');
  await dialog(page).getByText('Days are in your time zone, Europe/Berlin.').waitFor();
  await dialog(page).getByRole('button', { name: 'Last 7 days' }).click();
  await expect.poll(() => parameter(page, 'to')).toBeNull();
  await dialog(page).getByRole('button', { name: 'Clear' }).click();
  await expectPlace(page, { total: 5 });
  // Days in the wrong order and a malformed one, as in an address edited by hand.
  await page.goto(`${gateway.origin}/console?from=2026-05-02&to=2026-05-02`);
  await said(page, '1 of 5 match');
  await page.goto(`${gateway.origin}/console?from=2026-05-03&to=2026-05-01`);
  await said(page, '2 of 5 match');
  await page.goto(`${gateway.origin}/console?from=2026-02-30&to=yesterday&status=NONE`);
  await expectPlace(page, { total: 5 });
  expect(visit.complaints).toEqual([]);
});

test('a search that uses up its upstream calls shows its progress and continues on request', async () => {
  await using gateway = await start({ basicCount: 450 }, { limits: { searchCalls: 2 } });
  const { emulator } = gateway;
  const last = emulator.list('Basic').at(-10);
  const first = emulator.list('Basic')[5];
  for (const job of [first, last]) emulator.change(job?.JobId ?? '', { VoiceDesc: 'needle' });
  await using visit = await visitConsole(browser, gateway.origin, { query: 'text=needle' });
  const { page } = visit;
  await said(page, '1 found in the newest 200 of 450');
  emulator.resetCalls();
  await page.getByRole('button', { name: 'Keep looking' }).click();
  await said(page, '1 found in the newest 400 of 450');
  await page.getByRole('button', { name: 'Keep looking' }).click();
  await said(page, '2 of 450 match');
  expect(await page.getByRole('button', { name: 'Keep looking' }).count()).toBe(0);
  await page.locator(`[data-id="${globalId(last?.JobId ?? '')}"]`).waitFor();
  expect(visit.complaints).toEqual([]);
});

test('a job that no longer matches is marked and stays in place; a new match waits to be shown', async () => {
  await using gateway = await start({ basicCount: 5 });
  const { emulator } = gateway;
  const [one, two] = [1, 2].map((number) =>
    emulator.insert('Basic', { Status: 'Training', VoiceName: `job ${number}` }),
  );
  await using visit = await visitConsole(browser, gateway.origin, { query: 'status=TRAINING&text=job' });
  const { page } = visit;
  await said(page, '2 of 7 match');
  const row = page.getByRole('row', { name: 'job 1' });
  const before = await row.boundingBox();
  emulator.change(one?.JobId ?? '', { Status: 'Success' });
  await row.getByText('No longer matches').waitFor();
  await row.getByText('Success').waitFor();
  expect(await row.boundingBox()).toEqual(before);
  expect(await page.getByRole('row', { name: 'job 2' }).getByText('No longer matches').count()).toBe(0);

  emulator.insert('Basic', { Status: 'Training', VoiceName: 'job 3' });
  emulator.remove(two?.JobId ?? '');
  await expect
    .poll(async () => {
      await comeBack(page);
      return page.getByRole('button', { name: '1 new job' }).count();
    })
    .toBe(1);
  expect(await row.boundingBox()).toEqual(before);
  await page.getByRole('row', { name: 'job 2' }).getByText('No longer matches').waitFor();
  await page.getByRole('button', { name: '1 new job' }).click();
  await page.getByRole('row', { name: 'job 3' }).waitFor();
  await expect.poll(() => jobRows(page).count()).toBe(1);
  await said(page, '1 of 7 match');
  expect(visit.complaints).toEqual([]);
});

test('filter menus work with the keyboard, and the result is announced to screen readers', async () => {
  await using gateway = await start({ basicCount: 5 });
  gateway.emulator.insert('Basic', { Status: 'Fail', VoiceName: 'Anna' });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await expectPlace(page, { total: 6 });
  const trigger = menu(page, 'Status');
  await trigger.focus();
  await page.keyboard.press('Enter');
  await dialog(page).waitFor();
  await expect
    .poll(() => dialog(page).evaluate((element) => element.contains(document.activeElement)))
    .toBe(true);
  await dialog(page).getByRole('checkbox', { name: 'Failed' }).focus();
  await page.keyboard.press('Space');
  await said(page, '1 of 6 match');
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).innerText.trim());
  await expect.poll(focused).toBe('Status: Failed');
  expect(visit.complaints).toEqual([]);
});

test('charts cover the whole list, or the matching jobs, and say which', async () => {
  await using gateway = await start();
  const failed = gateway.emulator.list('Basic').filter(({ Status }) => Status === 'Fail');
  await using visit = await visitConsole(browser, gateway.origin, { query: 'view=charts' });
  const { page } = visit;
  await page.getByRole('heading', { name: 'All 271 jobs' }).waitFor();
  await menu(page, 'Status').click();
  await dialog(page).getByRole('checkbox', { name: 'Failed' }).click();
  await page.getByRole('heading', { name: `${failed.length} of 271 match` }).waitFor();
  expect(visit.complaints).toEqual([]);
});

test.each([
  ['', 'the list'],
  ['status=FAIL,SUCCESS&text=a', 'the jobs that match'],
])('an export with %j contains %s, newest first, with every field', async (query) => {
  await using gateway = await start({ basicCount: 150 });
  const { emulator } = gateway;
  const job = emulator.insert('Basic', {
    Status: 'Fail',
    Type: 'CosyVoice',
    VoiceName: '=HYPERLINK("http://example.test";"a")',
    VoiceDesc: 'one, "two"\r\nthree',
  });
  await using visit = await visitConsole(browser, gateway.origin, { query });
  const { page } = visit;
  await page.locator(`[data-id="${globalId(job.JobId)}"]`).waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('voice-jobs-basic.csv');
  // As a stream: the browser runs in another process, whose files are out of reach.
  const text = Buffer.concat(await (await download.createReadStream()).toArray()).toString('utf8');
  expect(text.startsWith('\ufeff"jobId","voiceId","voiceName"')).toBe(true);
  const expected = emulator
    .list('Basic')
    .filter(
      ({ Status, VoiceName, VoiceDesc, VoiceId, JobId, Message }) =>
        query === '' ||
        (['Fail', 'Success'].includes(Status) &&
          [VoiceName, VoiceDesc, VoiceId, JobId, Message].some((field) => field.toLowerCase().includes('a'))),
    )
    .map(({ JobId }) => JobId);
  const exported = [...text.matchAll(/(?:^|\r\n)"([0-9a-f]{32})",/g)].map(([, id]) => id);
  expect(exported).toEqual(expected);
  expect(text).toContain(
    `"${job.JobId}","${job.VoiceId}","'=HYPERLINK(""http://example.test"";""a"")","one, ""two""\r\nthree","FAIL","Fail"`,
  );
  expect(text).toContain('"CosyVoice"');
  await page.getByText(`Exported ${expected.length} jobs`).first().waitFor();
  expect(visit.complaints).toEqual([]);
});

test('a failed export shows the reason and saves no file', async () => {
  await using gateway = await start({ basicCount: 5 });
  await using visit = await visitConsole(browser, gateway.origin, { failuresExpected: true });
  const { page } = visit;
  await expectPlace(page, { total: 5 });
  gateway.emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 });
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  await page.getByText('Export failed. The gateway has no access to jobs.').first().waitFor();
});

test('opening a job from a search and reloading keep the search', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin, { query: 'status=SUCCESS' });
  const { page } = visit;
  await said(page, '241 of 271 match');
  await page.locator('main > section > div:last-child').evaluate((element) => {
    element.scrollTop = 120 * 56;
  });
  await expect.poll(() => parameter(page, 'row')).toBe('121');
  await expect.poll(() => page.locator('[role="row"][aria-busy]').count()).toBe(0);
  const top = () =>
    page.evaluate(() => {
      const scroller = document.querySelector('main > section > div:last-child') as HTMLElement;
      const edge = scroller.getBoundingClientRect().top + 45;
      return [...scroller.querySelectorAll('[data-id]')]
        .map((row) => ({ id: row.getAttribute('data-id'), top: row.getBoundingClientRect().bottom }))
        .filter((row) => row.top > edge)
        .sort((a, b) => a.top - b.top)[0]?.id;
    });
  const before = await top();
  await page.locator(`[data-id="${before}"]`).click();
  await dialog(page).waitFor();
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  expect(await top()).toBe(before);
  await page.reload();
  await expect.poll(top).toBe(before);
  expect(visit.complaints).toEqual([]);
});
