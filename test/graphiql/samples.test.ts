import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { needs } from '../parts/needs.ts';
import { startChromium } from './chromium.ts';
import { openTab, play, shown, visit } from './visit.ts';

needs('chromium');

let browser: Browser;

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(() => browser?.close());

test('while the upstream is unavailable, the page opens with placeholders and hints', async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({ kind: 'error', code: 'InternalError', status: 500 });
  await using context = await browser.newContext();
  const { page, complaints } = await visit(context, `${gateway.origin}/graphql`);
  const hints: Record<string, string> = { NextPage: '"after": ', OneJob: '"jobId": ', Node: '"id": ' };
  for (const [title, variable] of Object.entries(hints)) {
    await openTab(page, title);
    const variables = await shown(page, 'variables');
    expect(variables).toContain(variable);
    expect(variables).toMatch(/\/\/ The sample values could not be loaded.*\n.*\/\/ Replace it with /);
  }
  expect(complaints).toEqual([]);

  // A comment among the variables does not prevent a query from running.
  gateway.emulator.clearFaults();
  expect((await play(page, 'Node')).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test('a hanging upstream does not prevent the page from opening', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
  gateway.emulator.fault({ kind: 'hang' });
  await using context = await browser.newContext();
  const { page } = await visit(context, `${gateway.origin}/graphql`);
  await openTab(page, 'OneJob');
  expect(await shown(page, 'variables')).toContain('could not be loaded');
});

test('an empty list leads to placeholders that say so', async () => {
  await using gateway = await startGateway({ emulator: { basicCount: 0 } });
  await using context = await browser.newContext();
  const { page } = await visit(context, `${gateway.origin}/graphql`);
  expect((await play(page, 'FirstPage')).data.customizedVoiceJobs).toMatchObject({
    totalCount: 0,
    edges: [],
  });
  await openTab(page, 'OneJob');
  expect(await shown(page, 'variables')).toContain('The list has no jobs yet.');
});
