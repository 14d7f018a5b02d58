import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Console } from '../../src/server/pages/console.ts';
import { type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { jobRows } from './table-under-test.ts';
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

const start = (gateway: GatewayUnderTestOptions = {}) =>
  startGateway({ gateway: { ...gateway, console: built } });

const AWAY = { kind: 'error', code: 'ServiceUnavailable', status: 503 } as const;
const throttled = (retryAfterMs: number) =>
  ({
    kind: 'error',
    code: 'Throttling.User',
    status: 400,
    headers: { 'x-acs-retry-after': String(retryAfterMs) },
  }) as const;

const heading = (page: Page, name: string) => page.getByRole('heading', { name });
const rows = (page: Page) => jobRows(page).filter({ hasText: 'Success' });
const shownText = (page: Page) => page.locator('body').innerText();

/** Technical text that no notice may show. */
const RAW = /\[object|\bat \w+ \(|Error:|"extensions"|UPSTREAM_|stack|undefined|NaN/;

test('a throttled upstream shows a countdown, is retried automatically, and then shows its jobs', async () => {
  // Shorter than the retry time, so that the gateway rejects the call at once and the page waits.
  await using gateway = await start({ deadlineMs: 2000 });
  const lift = gateway.emulator.fault(throttled(3000));
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await heading(page, 'Too many requests').waitFor();
  await page.getByText(/^Retrying in [1-3]s$/).waitFor();
  expect(await shownText(page)).not.toMatch(RAW);
  lift();
  await rows(page).first().waitFor();
  expect(await heading(page, 'Too many requests').count()).toBe(0);
  expect(visit.complaints).toEqual([]);
});

test('while the upstream is unavailable, rows stay, marked as old; when it recovers, the notice disappears', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await rows(page).first().waitFor();
  const lift = gateway.emulator.fault(AWAY);
  await comeBack(page);
  const notice = page.getByRole('status').filter({ hasText: 'Alibaba Cloud is not responding' });
  await notice.waitFor();
  expect(await notice.innerText()).toMatch(/Showing data from \d\d:\d\d:\d\d[.,]/);
  expect(await rows(page).count()).toBeGreaterThan(5);
  expect(await shownText(page)).not.toMatch(RAW);
  lift();
  await expect.poll(() => notice.count()).toBe(0);
  expect(visit.complaints).toEqual([]);
});

test('rows that could not be loaded are shown as missing, and appear when they can be loaded', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await rows(page).first().waitFor();
  const lift = gateway.emulator.fault(AWAY);
  await page.getByRole('button', { name: 'Oldest' }).press('Enter');
  const notice = page.getByRole('status').filter({ hasText: 'Some data could not be loaded yet' });
  await notice.waitFor();
  expect(await notice.innerText()).toContain('Alibaba Cloud is not responding');
  lift();
  await page.locator('[data-id][aria-rowindex="272"]').waitFor();
  await expect.poll(() => notice.count()).toBe(0);
  expect(visit.complaints).toEqual([]);
});

test('the request id shown is that of the response, and is copied unchanged', async () => {
  await using gateway = await start();
  gateway.emulator.fault(AWAY);
  await using visit = await visitConsole(browser, gateway.origin, { permissions: ['clipboard-read'] });
  const { page } = visit;
  const answered = new Set<string | undefined>();
  page.on('response', async (response) => answered.add(response.headers()['x-request-id']));
  await page.reload();
  await heading(page, 'Alibaba Cloud is not responding').waitFor();
  const copy = page.getByRole('button', { name: 'Copy request ID', exact: true });
  await copy.click();
  await expect.poll(() => page.locator('.announced').innerText()).toBe('Copied: request ID');
  expect(answered).toContain(await page.evaluate('navigator.clipboard.readText()'));
  await page.getByRole('button', { name: 'Copy Alibaba Cloud request ID' }).click();
  await expect
    .poll(() => page.evaluate('navigator.clipboard.readText()'))
    .toMatch(/^[0-9A-F]{8}-[0-9A-F-]{27}$/);
});

test('rejected credentials of the gateway are shown as a problem for its operator, and retried on request', async () => {
  await using gateway = await start();
  gateway.emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 });
  await using visit = await visitConsole(browser, gateway.origin);
  await heading(visit.page, 'The gateway has no access to jobs').waitFor();
  expect(await shownText(visit.page)).not.toMatch(RAW);
  gateway.emulator.clearFaults();
  await visit.page.getByRole('button', { name: 'Try again' }).press('Enter');
  await rows(visit.page).first().waitFor();
});

test('an unreadable response is shown without any of its text', async () => {
  await using gateway = await start();
  gateway.emulator.fault({ kind: 'html' });
  await using visit = await visitConsole(browser, gateway.origin);
  await visit.page.getByRole('button', { name: 'Copy request ID', exact: true }).waitFor();
  expect(await shownText(visit.page)).not.toMatch(RAW);
});

test('an exceeded rate limit of the gateway shows how long to wait', async () => {
  await using gateway = await start({ limits: { requestsPerMinute: 1 } });
  await using visit = await visitConsole(browser, gateway.origin, { failuresExpected: true });
  await rows(visit.page).first().waitFor();
  await visit.page.reload();
  await visit.page.getByText('The gateway limits the number of requests per client and minute.').waitFor();
  await visit.page.getByText(/^Retrying in \d\ds$/).waitFor();
});

test('a rejected request is shown, and not retried', async () => {
  await using gateway = await start({ limits: { depth: 1 } });
  await using visit = await visitConsole(browser, gateway.origin, { failuresExpected: true });
  await heading(visit.page, 'The gateway rejected this request').waitFor();
  expect(await visit.page.getByRole('button', { name: /^Try/ }).count()).toBe(0);
});

test('a page of another version than the gateway says so, and offers a reload', async () => {
  const other = { ...built, documents: new Map<string, string>() };
  await using gateway = await startGateway({ gateway: { console: other } });
  await using visit = await visitConsole(browser, gateway.origin, { failuresExpected: true });
  await heading(visit.page, 'A new version is available').waitFor();
  const loaded = visit.page.waitForEvent('load');
  await visit.page.getByRole('button', { name: 'Reload page' }).press('Enter');
  await loaded;
});

test('an unreachable gateway and an offline device are shown, with the rows that were loaded', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin, { failuresExpected: true });
  const { page } = visit;
  await rows(page).first().waitFor();
  await page.context().setOffline(true);
  await comeBack(page);
  await page.getByText('You are offline').waitFor();
  expect(await rows(page).count()).toBeGreaterThan(5);
  await page.context().setOffline(false);
  await expect.poll(() => page.getByText('You are offline').count()).toBe(0);
  await gateway[Symbol.asyncDispose]();
  await comeBack(page);
  await page.getByText('Cannot reach the gateway').waitFor();
  expect(await rows(page).count()).toBeGreaterThan(5);
  expect(visit.complaints).toEqual([]);
});

test('an empty list says so, until there is a job', async () => {
  await using gateway = await start();
  gateway.emulator.clear('Standard');
  await using visit = await visitConsole(browser, gateway.origin, { query: 'type=standard' });
  await heading(visit.page, 'No jobs yet').waitFor();
  await visit.page.getByText('There are no jobs of the Standard edition.').waitFor();
  expect(await jobRows(visit.page).count()).toBe(0);
  gateway.emulator.insert('Standard', { Status: 'Success', VoiceName: 'the first one' });
  await comeBack(visit.page);
  await visit.page.getByRole('row', { name: 'the first one' }).waitFor();
  expect(await heading(visit.page, 'No jobs yet').count()).toBe(0);
  expect(visit.complaints).toEqual([]);
});

test('notices are translated into Chinese', async () => {
  await using gateway = await start();
  gateway.emulator.fault(throttled(30_000));
  await using visit = await visitConsole(browser, gateway.origin, { query: 'lang=zh' });
  await heading(visit.page, '请求过于频繁').waitFor();
  await visit.page.getByText(/^\d+秒后重试$/).waitFor();
  expect(await visit.page.locator('html').getAttribute('lang')).toBe('zh-CN');
});
