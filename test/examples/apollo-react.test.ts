import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobRow } from '../../emulator/job.ts';
import { folderOf, install } from '../../examples/install.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';

needs('chromium');

const folder = folderOf('apollo-react');
const PAGE_SIZE = 30;

let dist: string;
let browser: Browser;

beforeAll(async () => {
  await install('apollo-react');
  dist = await mkdtemp(join(tmpdir(), 'apollo-react-'));
  await promisify(execFile)('npm', ['run', 'build', '--', '--outDir', dist], { cwd: folder });
  browser = await startChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await rm(dist, { recursive: true });
});

/** Serves the build by the example's own `vite preview`, in a process of its own. `await using` ends it. */
async function startPreview(gatewayUrl: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const vite = join(folder, 'node_modules/vite/bin/vite.js');
  const args = ['preview', '--outDir', dist, '--host', '127.0.0.1', '--port', '0'];
  const child = spawn(process.execPath, [vite, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, NO_COLOR: '1', GATEWAY_URL: gatewayUrl },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  const url = new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const printed = /http:\/\/127\.0\.0\.1:\d+\//.exec(output)?.[0];
      if (printed !== undefined) resolve(printed);
    });
    void ended.then(() => reject(new Error(`vite preview ended: ${output}`)));
  });
  return {
    url: await url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The app in a browser, and the requests that it sent. */
interface App extends AsyncDisposable {
  readonly page: Page;
  /** `after` of every request, in order; null for the first page of a list. */
  readonly asked: readonly (string | null)[];
  /** Warnings and errors of the console, and exceptions. */
  readonly complaints: readonly string[];
}

/** Opens the app in front of a gateway. `beforeRequest` runs before each request leaves the browser. */
async function openApp(
  gatewayUrl: string,
  { beforeRequest = () => {}, ...options }: BrowserContextOptions & { beforeRequest?: () => void } = {},
): Promise<App> {
  const preview = await startPreview(gatewayUrl);
  const context = await browser.newContext({ timezoneId: 'UTC', ...options });
  const page = await context.newPage();
  const asked: (string | null)[] = [];
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'warning' || message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.route('**/graphql', (route, request) => {
    asked.push(request.postDataJSON().variables.after ?? null);
    beforeRequest();
    return route.continue();
  });
  await page.goto(preview.url);
  return {
    page,
    asked,
    complaints,
    async [Symbol.asyncDispose]() {
      await context.close();
      await preview[Symbol.asyncDispose]();
    },
  };
}

const position = (page: Page) => page.getByRole('status').textContent();
const idsOf = (rows: readonly JobRow[]) => rows.map(({ JobId }) => JobId);
const shownIds = (page: Page): Promise<string[]> =>
  page.getByRole('listitem').evaluateAll((rows) => rows.map(({ id }) => id));

/** Scrolls with the wheel until the text appears, after many pages if necessary. */
async function scrollUntil(page: Page, text: string): Promise<void> {
  const wheel = async () => {
    await page.mouse.wheel(0, 10_000);
    return page.getByText(text).isVisible();
  };
  await expect.poll(wheel, { timeout: 45_000 }).toBe(true);
}

const scrollToEnd = (page: Page) => scrollUntil(page, 'End of the list');

/** Name, status, type and year of a job, as displayed. */
const inWords = ({ VoiceName, Status, Type, CreateTime }: JobRow) => [
  VoiceName || 'Unnamed voice',
  Status.replace(/(?<=.)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  Type,
  CreateTime.slice(0, 4),
];

/** The same for every job on the screen. */
async function shownWords(page: Page): Promise<string[][]> {
  const texts = await page.getByRole('listitem').allInnerTexts();
  return texts.map((text) => {
    const [name = '', status = '', type = '', time = ''] = text.split('\n').filter((line) => line !== '');
    return [name, status, type, /\d{4}/.exec(time)?.[0] ?? time];
  });
}

/** Both lists merged, newest first. */
const both = ({ emulator }: GatewayUnderTest) =>
  [...emulator.list('Basic'), ...emulator.list('Standard')].sort(
    (a, b) => Date.parse(b.CreateTime) - Date.parse(a.CreateTime),
  );

test('scrolling to the end shows each of the 271 jobs once, in upstream order', async () => {
  await using gateway = await startGateway();
  await using app = await openApp(gateway.origin);
  await expect.poll(() => position(app.page)).toBe('30 of 271');
  await scrollToEnd(app.page);
  const jobs = gateway.emulator.list('Basic');
  expect(jobs).toHaveLength(271);
  expect(await shownIds(app.page)).toEqual(idsOf(jobs));
  expect(await shownWords(app.page)).toEqual(jobs.map(inWords));
  expect(await position(app.page)).toBe('271 of 271');
  expect(app.asked).toHaveLength(Math.ceil(271 / PAGE_SIZE));
  expect(new Set(app.asked).size).toBe(app.asked.length);
  expect(app.complaints).toEqual([]);
});

test('with two new jobs before each page, each earlier job is shown once', async () => {
  await using gateway = await startGateway();
  const { emulator } = gateway;
  const original = idsOf(emulator.list('Basic'));
  const beforeRequest = () => void emulator.insertMany('Basic', 2);
  await using app = await openApp(gateway.origin, { beforeRequest });
  await scrollToEnd(app.page);
  const shown = await shownIds(app.page);
  expect(shown.filter((id) => original.includes(id))).toEqual(original);
  expect(new Set(shown).size).toBe(shown.length);
  expect(emulator.list('Basic').length).toBe(original.length + 2 * app.asked.length);
  expect(app.asked.length).toBeGreaterThanOrEqual(10);
});

test('a screen larger than a page loads further pages without scrolling', async () => {
  await using gateway = await startGateway();
  await using app = await openApp(gateway.origin, { viewport: { width: 800, height: 30_000 } });
  await expect.poll(() => position(app.page)).toBe('271 of 271');
  expect(await shownIds(app.page)).toEqual(idsOf(gateway.emulator.list('Basic')));
  expect(new Set(app.asked).size).toBe(app.asked.length);
});

test('switching shows the other lists, and the first one again as far as it was loaded', async () => {
  await using gateway = await startGateway();
  await using app = await openApp(gateway.origin);
  const { page } = app;
  const choose = (type: string) => page.getByRole('radio', { name: type, exact: true }).click();
  await expect.poll(() => position(page)).toBe('30 of 271');

  await choose('Standard');
  await scrollToEnd(page);
  expect(await shownWords(page)).toEqual(gateway.emulator.list('Standard').map(inWords));
  expect(await position(page)).toBe('42 of 42');

  await choose('All');
  await scrollToEnd(page);
  expect(await shownIds(page)).toEqual(idsOf(both(gateway)));
  expect(await position(page)).toBe('313 of 313');

  await choose('Basic');
  const shown = await shownIds(page);
  expect(shown.length).toBeGreaterThanOrEqual(PAGE_SIZE);
  expect(shown).toEqual(idsOf(gateway.emulator.list('Basic')).slice(0, shown.length));
  expect(app.asked.filter((after) => after === null)).toHaveLength(3);
  expect(app.complaints).toEqual([]);
});

test('an upstream failure while scrolling is shown, retried once per click, and then the list is read to the end', async () => {
  await using gateway = await startGateway();
  await using app = await openApp(gateway.origin);
  const { page, asked } = app;
  await expect.poll(() => position(page)).toBe('30 of 271');
  gateway.emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  await scrollUntil(page, 'The upstream is unavailable. Try again later.');
  expect(await shownIds(page)).toHaveLength(PAGE_SIZE);

  const retry = page.getByRole('alert').getByRole('button', { name: 'Retry' });
  await retry.click();
  await expect.poll(() => asked.length).toBe(3);
  await retry.waitFor();

  gateway.emulator.clearFaults();
  await retry.press('Enter');
  await scrollToEnd(page);
  expect(await shownIds(page)).toEqual(idsOf(gateway.emulator.list('Basic')));
  expect(asked.slice(1, 4)).toEqual([asked[1], asked[1], asked[1]]);
  expect(asked).toHaveLength(10 + 2);
  expect(new Set(asked).size).toBe(10);
});

test('a failed first page is shown, and loads by Retry', async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 });
  await using app = await openApp(gateway.origin);
  const alert = app.page.getByRole('alert');
  await expect
    .poll(() => alert.textContent())
    .toContain('The upstream account has used up its request quota. Try again later.');
  gateway.emulator.clearFaults();
  await alert.getByRole('button', { name: 'Retry' }).click();
  await expect.poll(() => position(app.page)).toBe('30 of 271');
  expect(await alert.isVisible()).toBe(false);
  expect(app.asked).toEqual([null, null]);
});

test('an unreachable gateway is shown as a text', async () => {
  await using app = await openApp('http://127.0.0.1:1');
  await expect
    .poll(() => app.page.getByRole('alert').textContent())
    .toContain('The gateway cannot be reached.');
});
