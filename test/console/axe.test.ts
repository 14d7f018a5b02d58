import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../emulator/emulator.ts';
import type { Fault } from '../../emulator/faults.ts';
import { rememberKey } from '../../src/auth/api-key.ts';
import type { Console } from '../../src/server/console/index.ts';
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { jobRows } from './table-under-test.ts';
import { axeViolations, COLOUR_RULES, comeBack, resize, visitConsole } from './visit-console.ts';

needs('chromium');

let browser: Browser;
let built: Console;

beforeAll(async () => {
  [browser, built] = await Promise.all([startChromium(), buildConsole()]);
});

afterAll(async () => {
  await browser?.close();
});

/** A state of the page, and how to get there. */
interface State {
  readonly name: string;
  readonly query?: string;
  readonly gateway?: GatewayUnderTestOptions;
  /** @default {@link SHORT_LISTS} */
  readonly emulator?: EmulatorOptions;
  /** In force from the start. */
  readonly fault?: Fault;
  readonly before?: (gateway: GatewayUnderTest) => void;
  /** Waits for the state; may go further into it. */
  readonly reach: (page: Page, gateway: GatewayUnderTest) => Promise<unknown>;
}

/** Behind a panel or a notice, and in another language, a few rows do: each is made as those of the full table are. */
const SHORT_LISTS: EmulatorOptions = { basicCount: 3, standardCount: 2 };

const LOOKS = [
  { look: 'light', colorScheme: 'light', size: { width: 1280, height: 720 } },
  // The elements are those of the light page, in other colours.
  { look: 'dark', colorScheme: 'dark', size: { width: 1280, height: 720 }, rules: COLOUR_RULES },
  { look: 'at phone width', colorScheme: 'light', size: { width: 375, height: 720 } },
] as const;

/** Shows the page in each look in turn, and leaves it in the first one. */
async function expectNoViolations(page: Page): Promise<void> {
  for (const { look, colorScheme, size, ...rest } of LOOKS) {
    await show(page, colorScheme, size);
    expect(await axeViolations(page, 'rules' in rest ? rest.rules : undefined), look).toEqual([]);
  }
  await show(page, LOOKS[0].colorScheme, LOOKS[0].size);
}

async function show(
  page: Page,
  colorScheme: 'light' | 'dark',
  size: { width: number; height: number },
): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.waitForFunction(
    (scheme) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches,
    colorScheme,
  );
  await resize(page, size);
}

const AWAY: Fault = { kind: 'error', code: 'ServiceUnavailable', status: 503 };
const key = randomBytes(24).toString('base64url');
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();

async function openFirst(page: Page): Promise<void> {
  await jobRows(page).first().click();
  await page.getByRole('dialog').getByText('Global id').waitFor();
}

const STATES: readonly State[] = [
  {
    name: 'the table',
    // More than fit, so that it scrolls.
    emulator: { basicCount: 20 },
    before: ({ emulator }) => {
      for (const [Status, VoiceName] of [
        ['Fail', 'failed'],
        ['AudioDetecting', ''],
        ['Success', 'done'],
      ] as const)
        emulator.insert('Basic', { Status, VoiceName, Message: Status === 'Fail' ? 'training failed' : '' });
    },
    reach: async (page) => {
      for (const text of ['Initialization', 'Audio detecting', 'Pre-training', 'Training', 'Failed', 'Success'])
        await jobRows(page).filter({ hasText: text }).first().waitFor();
    },
  },
  { name: 'both lists as one', query: 'type=all', reach: (page) => jobRows(page).first().waitFor() },
  {
    name: 'skeletons',
    fault: { kind: 'hang' },
    gateway: { deadlineMs: 60_000 },
    reach: (page) => page.getByText('Loading').first().waitFor({ state: 'attached' }),
  },
  {
    name: 'an empty list',
    before: ({ emulator }) => emulator.clear('Basic'),
    reach: (page) => heading(page, 'No jobs yet'),
  },
  {
    name: 'throttled',
    fault: {
      kind: 'error',
      code: 'Throttling.User',
      status: 400,
      headers: { 'x-acs-retry-after': '60000' },
    },
    reach: (page) => heading(page, 'Too many requests for now'),
  },
  { name: 'upstream away', fault: AWAY, reach: (page) => heading(page, 'Alibaba Cloud is not answering') },
  {
    name: 'upstream away, with old rows',
    reach: async (page, { emulator }) => {
      await jobRows(page).first().waitFor();
      emulator.fault(AWAY);
      await comeBack(page);
      await page.getByText('Alibaba Cloud is not answering').waitFor();
    },
  },
  {
    name: 'the gateway refused by the upstream',
    fault: { kind: 'error', code: 'Forbidden.RAM', status: 403 },
    reach: (page) => heading(page, 'The gateway may not read the jobs'),
  },
  {
    name: 'a request that is not allowed',
    gateway: { limits: { depth: 1 } },
    reach: (page) => heading(page, 'The gateway does not allow this request'),
  },
  {
    name: 'signed out, and a key refused',
    gateway: { auth: { apiKeys: [rememberKey('web', key)], jwt: undefined } },
    reach: async (page) => {
      await heading(page, 'Sign in to see the jobs');
      await expectNoViolations(page);
      await page.getByLabel('API key').fill('not the key'.replaceAll(' ', '-'));
      await page.getByLabel('API key').press('Enter');
      await page.getByText('The gateway does not know this key.').waitFor();
    },
  },
  {
    name: 'a job that failed before one’s eyes',
    reach: async (page, { emulator }) => {
      const job = emulator.insert('Basic', { Status: 'Training', Message: '训练中', VoiceName: '声音' });
      await page.reload();
      await jobRows(page).filter({ hasText: '声音' }).first().click();
      await page.getByText('First seen here as “Training”').waitFor();
      emulator.change(job.JobId, { Status: 'Fail', Message: 'training failed' });
      await page.getByText('Seen to become “Failed”').waitFor();
    },
  },
  {
    name: 'a job that is not there',
    query: 'job=nonsense',
    reach: (page) => heading(page, 'There is no such job'),
  },
  {
    name: 'a job, and one that cannot be read',
    reach: async (page, { emulator }) => {
      await openFirst(page);
      await expectNoViolations(page);
      await page.keyboard.press('Escape');
      emulator.fault(AWAY);
      await jobRows(page).first().click();
      await page.getByRole('dialog').getByText('Alibaba Cloud is not answering').waitFor();
    },
  },
  {
    name: 'pictures',
    query: 'view=pictures&type=all',
    // Enough days for a table that scrolls.
    emulator: { basicCount: 20, standardCount: 2 },
    reach: async (page) => {
      await page.locator('.recharts-bar-rectangle').first().waitFor();
      await expectNoViolations(page);
      const buttons = page.getByRole('button', { name: 'Show numbers' });
      while ((await buttons.count()) > 0) await buttons.first().click();
      await page.getByRole('radio', { name: 'Day' }).check();
    },
  },
  {
    name: 'Chinese',
    query: 'lang=zh&type=all',
    reach: (page) => page.locator('html[lang=zh-CN] [role=row][data-id]').first().waitFor(),
  },
];

test.each(STATES)(
  'axe finds nothing wrong with $name in light, in dark and at phone width',
  async ({ query = '', emulator = SHORT_LISTS, gateway: gatewayOptions, fault, before, reach }) => {
    await using gateway = await startGateway({ emulator, gateway: { ...gatewayOptions, console: built } });
    before?.(gateway);
    if (fault !== undefined) gateway.emulator.fault(fault);
    // Reduced motion, because what is half faded in has half of its contrast.
    await using visit = await visitConsole(browser, gateway.origin, { query, failuresExpected: true });
    await reach(visit.page, gateway);
    await expectNoViolations(visit.page);
    expect(visit.complaints).toEqual([]);
  },
);
