import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../emulator/emulator.ts';
import type { Fault } from '../../emulator/faults.ts';
import { hashApiKey } from '../../src/auth/api-key.ts';
import type { Console } from '../../src/server/pages/console.ts';
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { jobRows, scroller } from './table-under-test.ts';
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

/** States of one page in order, and how to get from each to the next. */
interface States {
  readonly name: string;
  readonly query?: string;
  /** @default {@link SHORT_LISTS} */
  readonly emulator?: EmulatorOptions;
  readonly gateway?: GatewayUnderTestOptions;
  readonly before?: (gateway: GatewayUnderTest) => void;
  /** Brings the page into each state in turn and checks all but the last, which is checked afterwards. */
  readonly reach: (page: Page, gateway: GatewayUnderTest) => Promise<unknown>;
}

/** A few rows suffice behind a panel or a notice and in another language: they render like those of a full table. */
const SHORT_LISTS: EmulatorOptions = { basicCount: 3, standardCount: 2 };

/** Low enough that a short table scrolls like a long one. */
const HEIGHT = 480;

const LOOKS = [
  { look: 'light', colorScheme: 'light', size: { width: 1280, height: HEIGHT } },
  // The elements are those of the light page, in other colours.
  { look: 'dark', colorScheme: 'dark', size: { width: 1280, height: HEIGHT }, rules: COLOUR_RULES },
  { look: 'at phone width', colorScheme: 'light', size: { width: 375, height: HEIGHT } },
] as const;

/** Checks the page in each theme and width in turn, and restores the first. */
async function expectNoViolations(page: Page, state: string): Promise<void> {
  for (const { look, colorScheme, size, ...rest } of LOOKS) {
    await show(page, colorScheme, size);
    expect(await axeViolations(page, 'rules' in rest ? rest.rules : undefined), `${state}, ${look}`).toEqual(
      [],
    );
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
const dialog = (page: Page) => page.getByRole('dialog');

async function open(page: Page, name: string): Promise<void> {
  await jobRows(page).filter({ hasText: name }).first().click();
  await dialog(page).waitFor();
}

async function close(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
}

const STATES: readonly States[] = [
  {
    name: 'the table, jobs that are open, and old rows while the upstream is away',
    emulator: { basicCount: 5 },
    before({ emulator }) {
      emulator.insert('Basic', { Status: 'Fail', VoiceName: '', Message: 'training failed' });
      emulator.insert('Basic', { Status: 'Success', VoiceName: 'done' });
      emulator.insert('Basic', { Status: 'Training', Message: '训练中', VoiceName: '声音' });
    },
    async reach(page, { emulator }) {
      for (const text of [
        'Initialization',
        'Audio detection',
        'Pre-training',
        'Training',
        'Failed',
        'Success',
      ])
        await jobRows(page).filter({ hasText: text }).first().waitFor();
      await expectNoViolations(page, 'the table');
      expect(await scroller(page).evaluate((element) => element.scrollHeight > element.clientHeight)).toBe(
        true,
      );

      await open(page, 'done');
      await dialog(page).getByText('Global ID').waitFor();
      await expectNoViolations(page, 'a job');
      await close(page);

      await open(page, '声音');
      await page.getByText('First seen as “Training”').waitFor();
      const job = emulator.list('Basic').find(({ VoiceName }) => VoiceName === '声音');
      emulator.change(job?.JobId ?? '', { Status: 'Fail', Message: 'training failed' });
      await page.getByText('Changed to “Failed”').waitFor();
      await expectNoViolations(page, 'a job that failed before one’s eyes');
      await close(page);

      emulator.fault(AWAY);
      await open(page, 'done');
      await dialog(page).getByText('Alibaba Cloud is not responding', { exact: true }).waitFor();
      await expectNoViolations(page, 'a job that cannot be read');
      await close(page);

      await comeBack(page);
      await page.getByText('Alibaba Cloud is not responding').waitFor();
    },
  },
  {
    name: 'both lists as one, in English and in Chinese',
    query: 'type=all',
    async reach(page) {
      await jobRows(page).first().waitFor();
      await expectNoViolations(page, 'in English');
      await page.getByRole('button', { name: '中文' }).click();
      await jobRows(page).filter({ hasText: '成功' }).first().waitFor();
    },
  },
  {
    name: 'voices, one that is open, and a job with its voice',
    query: 'view=voices&type=all',
    emulator: { basicCount: 12, standardCount: 2 },
    before: ({ emulator }) =>
      void emulator.insert('Basic', { Status: 'Success', VoiceName: 'Anna', VoiceId: 'anna1' }),
    async reach(page, { emulator }) {
      await jobRows(page).filter({ hasText: 'Anna' }).waitFor();
      await expectNoViolations(page, 'voices');
      await open(page, 'Anna');
      await dialog(page).getByText('Global ID').waitFor();
      await expectNoViolations(page, 'a voice');
      await close(page);
      await page.getByRole('radio', { name: 'Jobs' }).click();
      await open(page, 'Anna');
      await dialog(page).getByRole('link', { name: 'Anna' }).waitFor();
      await expectNoViolations(page, 'a job with its voice');
      await close(page);
      emulator.insert('Basic', { Status: 'Queued', Type: 'CosyVoice', VoiceName: 'Bella' });
      emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 }, { action: 'GetCustomizedVoice' });
      await page.reload();
      await open(page, 'Bella');
      await dialog(page).getByText('CosyVoice').waitFor();
      await expectNoViolations(page, 'a job of an unknown type');
      await close(page);
      await open(page, 'Anna');
      await dialog(page).getByText('The gateway has no access to voices.').waitFor();
    },
  },
  {
    name: 'filters, their menus, jobs that match and one that does no longer',
    query: 'status=TRAINING',
    before: ({ emulator }) => void emulator.insert('Basic', { Status: 'Training', VoiceName: 'Anna' }),
    async reach(page, { emulator }) {
      await jobRows(page).filter({ hasText: 'Anna' }).waitFor();
      for (const menu of ['Status: Training', 'Created']) {
        await page.getByRole('button', { name: menu, exact: true }).click();
        await dialog(page).waitFor();
        await expectNoViolations(page, `the menu ${menu}`);
        await close(page);
      }
      const job = emulator.list('Basic').find(({ VoiceName }) => VoiceName === 'Anna');
      emulator.change(job?.JobId ?? '', { Status: 'Success' });
      await page.getByText('No longer matches').waitFor();
      await resize(page, LOOKS[2].size);
      await page.getByRole('button', { name: 'Filters: 1' }).click();
      await page.getByRole('button', { name: 'Status: Training' }).waitFor();
      await expectNoViolations(page, 'a job that matches no longer');
      await page.getByRole('button', { name: 'Export as CSV' }).click();
      await page.getByText('exported').first().waitFor();
      await expectNoViolations(page, 'an export');
      await page.getByRole('searchbox').fill('nothing has this name');
      await heading(page, 'No matching jobs');
    },
  },
  {
    name: 'skeletons',
    gateway: { deadlineMs: 60_000 },
    before: ({ emulator }) => void emulator.fault({ kind: 'hang' }),
    reach: (page) => page.getByText('Loading').first().waitFor({ state: 'attached' }),
  },
  {
    name: 'an empty list, and what is said where nothing could be read',
    before: ({ emulator }) => emulator.clear('Basic'),
    async reach(page, { emulator }) {
      await heading(page, 'No jobs yet');
      await expectNoViolations(page, 'an empty list');
      const faults: [title: string, fault: Fault][] = [
        ['Alibaba Cloud is not responding', AWAY],
        ['The gateway has no access to jobs', { kind: 'error', code: 'Forbidden.RAM', status: 403 }],
        [
          'Too many requests',
          {
            kind: 'error',
            code: 'Throttling.User',
            status: 400,
            headers: { 'x-acs-retry-after': '60000' },
          },
        ],
      ];
      for (const [title, fault] of faults) {
        emulator.clearFaults();
        emulator.fault(fault);
        await page.reload();
        await heading(page, title);
        if (title !== faults.at(-1)?.[0]) await expectNoViolations(page, title);
      }
    },
  },
  {
    name: 'a request that is not allowed',
    gateway: { limits: { depth: 1 } },
    reach: (page) => heading(page, 'The gateway rejected this request'),
  },
  {
    name: 'signed out, and a key refused',
    gateway: { auth: { apiKeys: [hashApiKey('web', key)], jwt: undefined } },
    reach: async (page) => {
      await heading(page, 'Sign in');
      await expectNoViolations(page, 'signed out');
      await page.getByLabel('API key').fill('not the key'.replaceAll(' ', '-'));
      await page.getByLabel('API key').press('Enter');
      await page.getByText('Invalid API key.').waitFor();
    },
  },
  {
    name: 'a job that is not there',
    query: 'job=nonsense',
    reach: (page) => heading(page, 'Job not found'),
  },
  {
    name: 'pictures, and their numbers',
    query: 'view=charts&type=all',
    // Enough days for a table that scrolls.
    emulator: { basicCount: 20, standardCount: 2 },
    reach: async (page) => {
      await page.locator('.recharts-bar-rectangle').first().waitFor();
      await expectNoViolations(page, 'pictures');
      const buttons = page.getByRole('button', { name: 'Show table' });
      while ((await buttons.count()) > 0) await buttons.first().click();
      await page.getByRole('radio', { name: 'Day' }).click();
    },
  },
];

test.each(STATES)(
  'axe finds no violation in $name, in light and dark theme and at phone width',
  async ({ name, query = '', emulator = SHORT_LISTS, gateway: gatewayOptions, before, reach }) => {
    await using gateway = await startGateway({ emulator, gateway: { ...gatewayOptions, console: built } });
    before?.(gateway);
    // Reduced motion: an element that is half faded in has half its contrast.
    await using visit = await visitConsole(browser, gateway.origin, {
      query,
      failuresExpected: true,
      viewport: LOOKS[0].size,
    });
    await reach(visit.page, gateway);
    await expectNoViolations(visit.page, name);
    expect(visit.complaints).toEqual([]);
  },
);
