import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Console } from '../../src/server/pages/console.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { expectPlace, jobRows, rowsOn, scroller, walkDown } from './table-under-test.ts';
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

const start = (emulator = {}) => startGateway({ emulator, gateway: { console: built } });

/** A tall window: scrolling to the end takes fewer steps. */
const TALL = { viewport: { width: 1280, height: 1600 } };

const globalId = (typename: string, id: string) => Buffer.from(`${typename}:${id}`).toString('base64');
const voiceIds = ({ emulator }: GatewayUnderTest, type: 'Basic' | 'Standard') =>
  emulator.voices(type).map(({ VoiceId }) => globalId('CustomizedVoice', VoiceId));

const panel = (page: Page) => page.getByRole('dialog');
const section = (page: Page, title: string) =>
  panel(page)
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: title, exact: true }) });
const fact = (page: Page, name: string) =>
  panel(page)
    .locator('dl > div', { has: page.getByText(name, { exact: true }) })
    .locator('dd');
const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

/** Upstream actions called, in order. */
const actions = ({ emulator }: GatewayUnderTest) => emulator.calls.map(({ action }) => action);

test('each voice of both editions is shown once, in list order, Basic before Standard', async () => {
  await using gateway = await start({ basicCount: 140 });
  await using visit = await visitConsole(browser, gateway.origin, { query: 'view=voices&type=all', ...TALL });
  const { page } = visit;
  const expected = [...voiceIds(gateway, 'Basic'), ...voiceIds(gateway, 'Standard')];
  await expectPlace(page, { from: 1, total: expected.length, about: false });
  const seen = await walkDown(page);
  expect([...seen].sort(([a], [b]) => a - b).map(([, id]) => id)).toEqual(expected);
  expect(visit.complaints).toEqual([]);
});

test('switching between jobs and voices restores the position in each list', async () => {
  await using gateway = await start();
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  const scrollTo = async (row: number) => {
    await scroller(page).evaluate((element, row) => {
      element.scrollTop = (row - 1) * 56;
    }, row);
    await expect.poll(() => parameter(page, 'row')).toBe(String(row));
  };
  const choose = (name: string) => page.getByRole('radio', { name, exact: true }).click();
  await expectPlace(page, { from: 1, total: 271 });
  await scrollTo(41);
  await choose('Voices');
  await expectPlace(page, { from: 1, total: 241 });
  expect(parameter(page, 'view')).toBe('voices');
  await scrollTo(101);
  await choose('Jobs');
  await expectPlace(page, { from: 41, total: 271 });
  await choose('Voices');
  await expectPlace(page, { from: 101, total: 241 });
  await page.reload();
  await expectPlace(page, { from: 101, total: 241 });
  await page.goBack();
  await expectPlace(page, { from: 41, total: 271 });
  expect(visit.complaints).toEqual([]);
});

test('an added or removed voice is seen at the next check, anywhere in the list, and the rows in view stay in place', async () => {
  await using gateway = await start();
  const { emulator } = gateway;
  await using visit = await visitConsole(browser, gateway.origin, { query: 'view=voices' });
  const { page } = visit;
  await expectPlace(page, { from: 1, total: 241 });
  const shown = () => expect.poll(async () => (await rowsOn(page)).map(({ id }) => id));
  emulator.insertVoice('Basic', { VoiceName: 'a new one' }, 3);
  await comeBack(page);
  await page.getByRole('row', { name: 'a new one' }).waitFor();
  await expectPlace(page, { from: 1, total: 242, about: false });
  emulator.removeVoice(emulator.voices('Basic')[0]?.VoiceId ?? '');
  await comeBack(page);
  await shown().toEqual(voiceIds(gateway, 'Basic').slice(0, (await rowsOn(page)).length));
  await expectPlace(page, { total: 241 });

  await scroller(page).evaluate((element) => {
    element.scrollTop = 120 * 56;
  });
  await expectPlace(page, { from: 121 });
  await expect.poll(() => page.locator('[role="row"][aria-busy]').count()).toBe(0);
  const top = await scroller(page).evaluate((element) => element.getBoundingClientRect().top);
  const first = (await rowsOn(page)).find((row) => row.top >= top);
  emulator.insertVoice('Basic', {}, 5);
  await comeBack(page);
  await expectPlace(page, { total: 242 });
  const row = page.locator(`[data-id="${first?.id}"]`);
  expect((await row.boundingBox())?.y).toBe(first?.top);
  expect(visit.complaints).toEqual([]);
});

test('a voice opens with every field, from the list and from its job, and links to the jobs with its id', async () => {
  await using gateway = await start({ basicCount: 3, standardCount: 2 });
  const { emulator } = gateway;
  const job = emulator.insert('Basic', {
    Status: 'Success',
    VoiceId: 'anna1',
    VoiceName: 'Anna',
    VoiceDesc: 'calm',
    Gender: 'female',
    Scenario: 'story',
  });
  const voice = emulator.voices('Basic').find(({ VoiceId }) => VoiceId === 'anna1');
  await using visit = await visitConsole(browser, gateway.origin, { query: 'view=voices' });
  const { page } = visit;
  const row = page.getByRole('row', { name: 'Anna' });
  await row.click();
  await panel(page).getByRole('heading', { name: 'Anna' }).waitFor();
  expect(parameter(page, 'voice')).toBe(globalId('CustomizedVoice', 'anna1'));
  const text = (name: string) => fact(page, name).innerText();
  expect(await text('Name')).toBe('Anna');
  expect(await text('Description')).toBe('calm');
  expect(await text('Edition')).toBe('Basic');
  expect(await text('Gender')).toBe('Female');
  expect(await text('Scenario')).toBe('Story');
  expect(await text('Sample audio ID')).toBe(voice?.DemoAudioMediaId || 'No value');
  expect(await text('Voice ID')).toBe('anna1');
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'detached' });
  await expect.poll(() => row.evaluate((element) => element === document.activeElement)).toBe(true);

  await page.getByRole('radio', { name: 'Jobs' }).click();
  await page.getByRole('row', { name: 'Anna' }).click();
  await panel(page).getByRole('link', { name: 'Anna' }).click();
  const find = panel(page).getByRole('button', { name: 'Find jobs with this voice ID' });
  await find.waitFor();
  // The dialog has the focus, so that its new name is announced.
  await expect.poll(() => panel(page).evaluate((element) => element === document.activeElement)).toBe(true);
  await expect.poll(() => parameter(page, 'voice')).not.toBeNull();
  await page.goBack();
  await panel(page).getByText(job.JobId).first().waitFor();
  expect(parameter(page, 'voice')).toBeNull();
  await page.goForward();
  await find.click();
  await panel(page).waitFor({ state: 'detached' });
  await page.getByText('1 of 6 match').waitFor();
  await page.getByRole('row', { name: job.JobId }).waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('anna1');
  expect([parameter(page, 'voice'), parameter(page, 'job')]).toEqual([null, null]);
  expect(visit.complaints).toEqual([]);
});

test('the list of jobs requests no voice; the panel of a job requests one once the job has succeeded', async () => {
  await using gateway = await start({ basicCount: 3 });
  const { emulator } = gateway;
  const job = emulator.insert('Basic', { Status: 'Training', VoiceId: 'anna1', VoiceName: 'Anna' });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await page.getByRole('row', { name: 'Anna' }).click();
  await section(page, 'Resulting voice')
    .getByText('The voice is available when the job has succeeded.')
    .waitFor();
  const voiceActions = () =>
    actions(gateway).filter((action) => action?.includes('CustomizedVoice') && !action.includes('Job'));
  expect(voiceActions()).toEqual([]);
  emulator.change(job.JobId, { Status: 'Success' });
  await panel(page).getByRole('link', { name: 'Anna' }).waitFor();
  expect(voiceActions()).toEqual(['GetCustomizedVoice']);
  expect(visit.complaints).toEqual([]);
});

test("a RAM policy without the voice actions is shown in the voice's section, and the rest of the panel works", async () => {
  await using gateway = await start({ basicCount: 3 });
  const { emulator } = gateway;
  emulator.insert('Basic', { Status: 'Success', VoiceId: 'anna1', VoiceName: 'Anna' });
  const denied = { kind: 'error', code: 'Forbidden.RAM', status: 403 } as const;
  emulator.fault(denied, { action: 'GetCustomizedVoice' });
  emulator.fault(denied, { action: 'ListCustomizedVoices' });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await page.getByRole('row', { name: 'Anna' }).click();
  await section(page, 'Resulting voice').getByText('The gateway has no access to voices.').waitFor();
  await fact(page, 'Voice ID').getByText('anna1').waitFor();
  expect(await panel(page).getByRole('alert').count()).toBe(0);
  expect(await panel(page).getByRole('button', { name: 'Try again' }).count()).toBe(0);
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'detached' });

  await page.getByRole('radio', { name: 'Voices' }).click();
  await page.getByRole('heading', { name: 'The gateway has no access to voices' }).waitFor();
  emulator.clearFaults();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('row', { name: 'Anna' }).waitFor();
  expect(visit.complaints).toEqual([]);
});

test('a voice that could not be loaded is loaded by "Try again"', async () => {
  await using gateway = await start({ basicCount: 3 });
  const { emulator } = gateway;
  emulator.insert('Basic', { Status: 'Success', VoiceId: 'anna1', VoiceName: 'Anna' });
  const away = { kind: 'error', code: 'ServiceUnavailable', status: 503 } as const;
  emulator.fault(away, { action: 'GetCustomizedVoice' });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await page.getByRole('row', { name: 'Anna' }).click();
  await section(page, 'Resulting voice').getByText('The voice could not be loaded.').waitFor();
  emulator.clearFaults();
  await section(page, 'Resulting voice').getByRole('button', { name: 'Try again' }).click();
  await panel(page).getByRole('link', { name: 'Anna' }).waitFor();
  expect(visit.complaints).toEqual([]);
});

test('a removed voice is shown as not found, in the panel of its job and by a link', async () => {
  await using gateway = await start({ basicCount: 3 });
  const { emulator } = gateway;
  emulator.insert('Basic', { Status: 'Success', VoiceId: 'anna1', VoiceName: 'Anna' });
  emulator.removeVoice('anna1');
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  await page.getByRole('row', { name: 'Anna' }).click();
  await section(page, 'Resulting voice')
    .getByText('The service no longer has a voice with this ID.')
    .waitFor();
  for (const [lang, name] of [
    ['en', 'Voice not found'],
    ['zh', '未找到声音'],
  ] as const)
    for (const id of [globalId('CustomizedVoice', 'anna1'), 'nonsense']) {
      await page.goto(`${gateway.origin}/console?lang=${lang}&voice=${encodeURIComponent(id)}`);
      await panel(page).getByRole('heading', { name }).waitFor();
    }
});

test('a status and a type unknown to the schema are shown as sent by the service', async () => {
  await using gateway = await start({ basicCount: 3 });
  const { emulator } = gateway;
  const job = emulator.insert('Basic', {
    Status: 'Queued',
    Type: 'CosyVoice',
    VoiceName: 'Anna',
    Message: '',
  });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  const row = jobRows(page).filter({ hasText: 'Anna' });
  await row.getByText('Queued', { exact: true }).waitFor();
  await row.getByText('CosyVoice', { exact: true }).waitFor();
  await row.click();
  await fact(page, 'Edition').getByText('CosyVoice').waitFor();
  await section(page, 'Status').getByText('Queued').waitFor();
  await panel(page).getByText('First seen as “Queued”').waitFor();
  emulator.change(job.JobId, { Status: 'Reviewing' });
  await panel(page).getByText('Changed to “Reviewing”').waitFor();
  await expect.poll(() => page.locator('.announced').innerText()).toBe('Reviewing');
  expect(visit.complaints).toEqual([]);
});

test('an empty list of voices says so', async () => {
  await using gateway = await start({ basicCount: 3 });
  gateway.emulator.replaceVoices('Standard', []);
  await using visit = await visitConsole(browser, gateway.origin, { query: 'view=voices&type=standard' });
  await visit.page.getByRole('heading', { name: 'No voices yet' }).waitFor();
  expect(visit.complaints).toEqual([]);
});
