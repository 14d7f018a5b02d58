import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Console } from '../../src/server/pages/console.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
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

const start = () => startGateway({ gateway: { console: built } });

/** Adds a job at the top of the Basic list; returns it with its global id. */
async function addJob(
  { emulator, ask }: GatewayUnderTest,
  partial: Parameters<typeof emulator.insert>[1] = {},
) {
  const job = emulator.insert('Basic', { Status: 'Training', Message: '', ...partial });
  const { data } = await ask('query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { id } }', {
    jobId: job.JobId,
  });
  return { ...job, id: data.customizedVoiceJob.id as string };
}

const panel = (page: Page) => page.getByRole('dialog');
const fact = (page: Page, name: string) =>
  panel(page)
    .locator('dl > div', { has: page.getByText(name, { exact: true }) })
    .locator('dd');

test('a link to a job opens it with every field of the upstream; copying an id is announced', async () => {
  await using gateway = await start();
  const job = await addJob(gateway, {
    VoiceName: '小砖 🎧',
    VoiceDesc: 'He said "turn left" \\ then laughed.',
    VoiceId: 'xiaozhuan9',
    Gender: 'female',
    Scenario: 'navigation',
    CreateTime: '2024-12-20T09:41:07Z',
    Message: '训练中',
  });
  await using visit = await visitConsole(browser, gateway.origin, {
    query: `job=${encodeURIComponent(job.id)}`,
    permissions: ['clipboard-read'],
  });
  const { page } = visit;
  await panel(page).getByRole('heading', { name: '小砖 🎧' }).waitFor();
  const text = (name: string) => fact(page, name).innerText();
  expect(await text('Name')).toBe('小砖 🎧');
  expect(await text('Description')).toBe('He said "turn left" \\ then laughed.');
  expect(await text('Edition')).toBe('Basic');
  expect(await text('Gender')).toBe('Female');
  expect(await text('Scenario')).toBe('Navigation');
  expect(await text('Created')).toContain('Dec 20, 2024, 10:41:07');
  expect(await text('Voice ID')).toBe('xiaozhuan9');
  expect(await text('Job ID')).toBe(job.JobId);
  expect(await text('Global ID')).toBe(job.id);
  expect(await panel(page).getByText('训练中').count()).toBe(1);
  expect(await panel(page).locator('[aria-current=step]').innerText()).toContain('Training');

  const pasted = () => page.evaluate('navigator.clipboard.readText()');
  await panel(page).getByRole('button', { name: 'Copy Job ID' }).press('Enter');
  await expect.poll(pasted).toBe(job.JobId);
  await expect.poll(() => page.locator('.announced').innerText()).toBe('Copied: Job ID');
  await panel(page).getByRole('button', { name: 'Copy link to this job' }).press('Enter');
  await expect.poll(pasted).toBe(`${gateway.origin}/console?job=${encodeURIComponent(job.id)}`);
  expect(visit.complaints).toEqual([]);
});

test('Escape closes a job and returns the focus to its row', async () => {
  await using gateway = await start();
  const job = await addJob(gateway, { VoiceName: 'Anna of the first row' });
  await using visit = await visitConsole(browser, gateway.origin);
  const { page } = visit;
  const row = page.getByRole('row', { name: job.VoiceName });
  await row.focus();
  await page.keyboard.press('Enter');
  await panel(page).getByRole('heading', { name: job.VoiceName }).waitFor();
  expect(new URL(page.url()).searchParams.get('job')).toBe(job.id);
  // The focus never leaves the panel.
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press('Tab');
    await expect
      .poll(() =>
        page.evaluate(
          `document.activeElement.closest('[role=dialog]') !== null || document.activeElement === document.body || document.activeElement.hasAttribute('data-base-ui-focus-guard')`,
        ),
      )
      .toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect.poll(() => panel(page).count()).toBe(0);
  await expect.poll(() => row.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(new URL(page.url()).searchParams.get('job')).toBeNull();
  expect(visit.complaints).toEqual([]);
});

test('the panel of a job shows each status change with the time it was seen, and a failure in its step', async () => {
  await using gateway = await start();
  const job = await addJob(gateway, { Status: 'AudioDetecting' });
  await using visit = await visitConsole(browser, gateway.origin, {
    query: `job=${encodeURIComponent(job.id)}`,
  });
  const { page } = visit;
  await panel(page).getByText('First seen as “Audio detection”').waitFor();
  gateway.emulator.change(job.JobId, { Status: 'Training', Message: '训练中' });
  await panel(page).getByText('Changed to “Training”').waitFor();
  await expect.poll(() => page.locator('.announced').innerText()).toBe('Training');
  gateway.emulator.change(job.JobId, { Status: 'Fail', Message: '训练失败，请联系技术支持' });
  await panel(page).getByText('Changed to “Failed”').waitFor();
  await panel(page).getByText('训练失败，请联系技术支持').waitFor();
  const steps = panel(page).getByRole('list', { name: 'Job progress' }).getByRole('listitem');
  expect(await steps.allTextContents()).toEqual([
    'Initialization, done',
    'Audio detection, done',
    'Pre-training, done',
    'Training, failed',
    'Success, pending',
  ]);
  expect(visit.complaints).toEqual([]);
});

test('a link to a deleted or malformed job shows "not found" in both languages', async () => {
  await using gateway = await start();
  const job = await addJob(gateway);
  gateway.emulator.remove(job.JobId);
  await using visit = await visitConsole(browser, gateway.origin, { failuresExpected: true });
  const { page } = visit;
  for (const [lang, name] of [
    ['en', 'Job not found'],
    ['zh', '未找到任务'],
  ] as const)
    for (const id of [job.id, 'nonsense']) {
      await page.goto(`${gateway.origin}/console?lang=${lang}&job=${encodeURIComponent(id)}`);
      await panel(page).getByRole('heading', { name }).waitFor();
    }
});

test('a job that is deleted while its panel is open stays visible, marked as not found', async () => {
  await using gateway = await start();
  const job = await addJob(gateway);
  await using visit = await visitConsole(browser, gateway.origin, {
    query: `job=${encodeURIComponent(job.id)}`,
  });
  await panel(visit.page).getByText('First seen as').waitFor();
  gateway.emulator.remove(job.JobId);
  await panel(visit.page).getByText('Job not found').waitFor();
  expect(await fact(visit.page, 'Job ID').innerText()).toBe(job.JobId);
});

test('a job that cannot be loaded shows the reason, and appears when the upstream recovers', async () => {
  await using gateway = await start();
  const job = await addJob(gateway);
  const lift = gateway.emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  await using visit = await visitConsole(browser, gateway.origin, {
    query: `job=${encodeURIComponent(job.id)}`,
  });
  await panel(visit.page).getByRole('heading', { name: 'Alibaba Cloud is not responding' }).waitFor();
  lift();
  await expect.poll(() => fact(visit.page, 'Job ID').allInnerTexts()).toEqual([job.JobId]);
});
