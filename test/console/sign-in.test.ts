import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import type { Console } from '../../src/server/pages/console.ts';
import { startIdentityProvider } from '../auth/identity-provider.ts';
import { type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
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

const start = (gateway: GatewayUnderTestOptions = {}) =>
  startGateway({ gateway: { ...gateway, console: built } });

const heading = (page: Page, name: string) => page.getByRole('heading', { name });
const rows = (page: Page) => jobRows(page).filter({ hasText: 'Success' });

test('without a key the page shows the sign-in form, rejects a wrong key in place, and shows the jobs with the right one, in this tab only', async () => {
  const key = randomBytes(24).toString('base64url');
  await using gateway = await start({ auth: { apiKeys: [hashApiKey('web', key)], jwt: undefined } });
  await using visit = await visitConsole(browser, gateway.origin, { failuresExpected: true });
  const { page } = visit;
  const field = page.getByLabel('API key');
  await heading(page, 'Sign in').waitFor();
  // The field has the focus.
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await field.getAttribute('type')).toBe('password');
  // This gateway accepts no tokens, and says so.
  expect(await page.getByRole('radio', { name: 'Access token' }).count()).toBe(0);

  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Enter an API key.').waitFor();
  await field.fill('no key at all 没有');
  await field.press('Enter');
  await page.getByText('An API key contains only').waitFor();
  expect(await field.getAttribute('aria-invalid')).toBe('true');

  await field.fill(`${key}-not`);
  await page.getByRole('button', { name: 'Show input' }).click();
  expect(await field.getAttribute('type')).toBe('text');
  await field.press('Enter');
  const problem = page.getByRole('alert').filter({ hasText: 'Invalid API key.' });
  await problem.waitFor();
  expect(await field.getAttribute('aria-describedby')).toBe(await problem.getAttribute('id'));
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);

  await field.fill(` ${key} `);
  await field.press('Enter');
  await rows(page).first().waitFor();
  expect(await heading(page, 'Sign in').count()).toBe(0);
  expect(await page.evaluate('Object.values(localStorage).join()')).not.toContain(key);
  expect(page.url()).not.toContain(key);

  await page.reload();
  await rows(page).first().waitFor();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await heading(other, 'Sign in').waitFor();
  expect(visit.complaints).toEqual([]);
});

test('a gateway that accepts keys and tokens offers both; a valid token works, live updates too, and an expired one is rejected', async () => {
  await using provider = await startIdentityProvider();
  const key = randomBytes(24).toString('base64url');
  const auth = { apiKeys: [hashApiKey('web', key)], jwt: provider.options };
  await using gateway = await start({ auth });
  await using visit = await visitConsole(browser, gateway.origin, { failuresExpected: true });
  const { page } = visit;
  await page.getByRole('radio', { name: 'Access token' }).click();
  const field = page.getByLabel('Access token').and(page.locator('input[type=password]'));
  await field.fill(await provider.token({ exp: Math.floor(Date.now() / 1000) - 3600 }));
  await field.press('Enter');
  await page.getByText('Invalid token.').waitFor();
  // With `Bearer`, as people copy it from a header.
  await field.fill(`Bearer ${await provider.token()}`);
  await field.press('Enter');
  await rows(page).first().waitFor();
  const job = gateway.emulator.list('Basic').find(({ Status }) => Status === 'Training');
  gateway.emulator.change(job?.JobId ?? '', { Status: 'Fail', Message: 'seen by who has a token' });
  await page.getByText('seen by who has a token').waitFor();
  expect(visit.complaints).toEqual([]);
});

test('a link to a job shows the sign-in form in its panel, and signing in loads the list too', async () => {
  const key = randomBytes(24).toString('base64url');
  await using gateway = await start({ auth: { apiKeys: [hashApiKey('web', key)], jwt: undefined } });
  const asked = await gateway.ask(
    '{ customizedVoiceJobs(first: 1) { nodes { id jobId } } }',
    {},
    {
      headers: { 'content-type': 'application/json', 'x-api-key': key },
    },
  );
  const [job] = asked.data.customizedVoiceJobs.nodes;
  await using visit = await visitConsole(browser, gateway.origin, {
    query: `job=${encodeURIComponent(job.id)}`,
    failuresExpected: true,
  });
  const dialog = visit.page.getByRole('dialog');
  await dialog.getByLabel('API key').fill(key);
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).press('Enter');
  await dialog.getByText(job.jobId, { exact: true }).waitFor();
  await visit.page.keyboard.press('Escape');
  await rows(visit.page).first().waitFor();
  expect(await heading(visit.page, 'Sign in').count()).toBe(0);
  expect(visit.complaints).toEqual([]);
});
