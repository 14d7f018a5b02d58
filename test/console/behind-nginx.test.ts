import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobRow } from '../../emulator/job.ts';
import { hashApiKey } from '../../src/auth/api-key.ts';
import type { Console } from '../../src/server/pages/console.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { startNginx } from '../nginx.ts';
import { needs } from '../parts/needs.ts';
import { buildConsole } from './built-console.ts';
import { visitConsole } from './visit-console.ts';

const UPGRADE = `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";`;
const rowOf = (page: Page, { JobId }: JobRow) => page.locator('[role="row"]').filter({ hasText: JobId });

/** Methods and statuses of the subscription requests so far. */
const subscriptions = ({ logged }: GatewayUnderTest) =>
  logged
    .filter(({ msg, operation }) => msg === 'request' && operation === 'JobLive')
    .map(({ status }) => status);

needs('chromium');
needs('nginx');

/** nginx configuration of a server with these directives for every path. */
const inFrontOf = (directives: string) => `server { listen 127.0.0.1:{port}; location / { ${directives} } }`;

describe('the console behind nginx', () => {
  let browser: Browser;
  let built: Console;
  beforeAll(async () => {
    [browser, built] = await Promise.all([startChromium(), buildConsole()]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** A gateway with a few running jobs, and one more. */
  async function start(auth?: Parameters<typeof hashApiKey>) {
    const gateway = await startGateway({
      emulator: { basicCount: 40 },
      gateway: {
        console: built,
        ...(auth && { auth: { apiKeys: [hashApiKey(...auth)], jwt: undefined } }),
      },
    });
    const job = gateway.emulator.insert('Basic', { Status: 'Initialization' });
    return { gateway, job };
  }

  async function expectLive(page: Page, { emulator }: GatewayUnderTest, job: JobRow): Promise<void> {
    const row = rowOf(page, job);
    await row.getByText('Initialization', { exact: true }).waitFor();
    for (const [status, words] of [
      ['Training', 'Training'],
      ['Success', 'Success'],
    ] as const) {
      emulator.change(job.JobId, { Status: status });
      await row.getByText(words, { exact: true }).waitFor();
    }
  }

  test.each([
    ['passes WebSockets but not the Host', UPGRADE],
    ['passes no WebSockets at all, as it does by default', ''],
  ])('that %s shows each status, over server-sent events', async (_, directives) => {
    const { gateway, job } = await start();
    await using _gateway = gateway;
    await using nginx = await startNginx(inFrontOf(`proxy_pass ${gateway.origin}; ${directives}`));
    await using visit = await visitConsole(browser, nginx.origin, { failuresExpected: true });
    await expectLive(visit.page, gateway, job);
    expect(visit.complaints).toEqual([]);
    await visit.page.close();
    await expect.poll(() => subscriptions(gateway).length).toBeGreaterThan(0);
    expect(new Set(subscriptions(gateway))).toEqual(new Set([200]));
  });

  test('that forwards Host opens one WebSocket for live updates', async () => {
    const { gateway, job } = await start();
    await using _gateway = gateway;
    const host = 'proxy_set_header Host $http_host;';
    await using nginx = await startNginx(inFrontOf(`proxy_pass ${gateway.origin}; ${UPGRADE} ${host}`));
    await using visit = await visitConsole(browser, nginx.origin);
    await expectLive(visit.page, gateway, job);
    expect(visit.complaints).toEqual([]);
    await visit.page.close();
    await expect.poll(() => gateway.logged).toContainEqual(expect.objectContaining({ status: 101 }));
    expect(subscriptions(gateway)).toEqual([]);
  });

  test('logs the origin and host of a rejected WebSocket and how to allow it', async () => {
    const { gateway, job } = await start();
    await using _gateway = gateway;
    await using nginx = await startNginx(inFrontOf(`proxy_pass ${gateway.origin}; ${UPGRADE}`));
    await using visit = await visitConsole(browser, nginx.origin, { failuresExpected: true });
    await rowOf(visit.page, job).waitFor();
    const line = {
      msg: expect.stringMatching(/WebSocket rejected.*CORS_ORIGINS.*Host header/),
      origin: nginx.origin,
      host: gateway.origin.replace('http://', ''),
    };
    await expect.poll(() => gateway.logged).toContainEqual(expect.objectContaining(line));
  });

  test('rotates streams over HTTP/1.1 when more jobs are running than streams fit, and shows the final status of each', async () => {
    const { gateway } = await start();
    await using _gateway = gateway;
    const jobs = Array.from({ length: 9 }, () => gateway.emulator.insert('Basic', { Status: 'Training' }));
    await using nginx = await startNginx(inFrontOf(`proxy_pass ${gateway.origin};`));
    await using visit = await visitConsole(browser, nginx.origin, {
      failuresExpected: true,
      viewport: { width: 1280, height: 1400 },
    });
    for (const job of jobs) await rowOf(visit.page, job).getByText('Training', { exact: true }).waitFor();
    for (const job of jobs) gateway.emulator.change(job.JobId, { Status: 'Success' });
    for (const job of jobs) await rowOf(visit.page, job).getByText('Success', { exact: true }).waitFor();
    // Queries continued meanwhile: a new job appears.
    gateway.emulator.insert('Basic', { Status: 'Success' });
    await visit.page.getByText(/1 new/i).first().waitFor();
    const { SCREENSHOT_FOLDER } = process.env;
    if (SCREENSHOT_FOLDER)
      await visit.page.screenshot({ path: `${SCREENSHOT_FOLDER}/console-behind-nginx.png` });
  });

  test('asks again after a wrong key, and shows live updates with the right one', async () => {
    const key = randomBytes(18).toString('base64url');
    const { gateway, job } = await start(['web', key]);
    await using _gateway = gateway;
    await using nginx = await startNginx(inFrontOf(`proxy_pass ${gateway.origin};`));
    await using visit = await visitConsole(browser, nginx.origin, { failuresExpected: true });
    const field = visit.page.getByLabel(/key/i).first();
    await field.fill(key);
    await field.press('Enter');
    await expectLive(visit.page, gateway, job);
  });
});
