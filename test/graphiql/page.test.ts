import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { needs } from '../parts/needs.ts';
import { rowsOf } from '../search/search-client.ts';
import { startChromium } from './chromium.ts';
import { openTab, play, shown, tabTitles, type Visit, visit } from './visit.ts';

needs('chromium');

const QUERIES = ['FirstPage', 'NextPage', 'LastPage', 'FindJobs', 'OneJob', 'Node'] as const;
/** The last one is a subscription: test/live/graphiql.test.ts. */
const TABS = [...QUERIES, 'JobStatus'] as const;

let gateway: GatewayUnderTest;
let browser: Browser;
let context: BrowserContext;
let opened: Visit;
let titlesAtFirst: string[];

beforeAll(async () => {
  browser = await startChromium();
  gateway = await startGateway();
  context = await browser.newContext();
  opened = await visit(context, `${gateway.origin}/graphql`);
  titlesAtFirst = await tabTitles(opened.page);
});

afterAll(async () => {
  await browser?.close();
  await gateway?.[Symbol.asyncDispose]();
});

test('the first tab is open, the others are prepared, and nothing mentions yoga', async () => {
  const { page } = opened;
  expect(titlesAtFirst).toEqual(['[FirstPage]', ...TABS.slice(1)]);
  expect(await page.title()).toBe('Voice jobs · GraphiQL');
  expect(await page.locator('.graphiql-session-header').textContent()).toContain('Voice jobs');
  expect(await page.locator('.graphiql-main').textContent()).not.toMatch(/yoga/i);
});

/** The jobs that each tab requests, of the whole list. */
const JOBS_OF: Record<(typeof QUERIES)[number], (list: readonly string[]) => readonly string[]> = {
  FirstPage: (list) => list.slice(0, 10),
  NextPage: (list) => list.slice(10, 20),
  LastPage: (list) => list.slice(-10),
  FindJobs: () =>
    rowsOf(gateway, 'ALL')
      .filter(({ Status }) => Status === 'Fail')
      .slice(0, 10)
      .map(({ JobId }) => JobId),
  OneJob: (list) => list.slice(0, 1),
  Node: (list) => list.slice(0, 1),
};

test.each(QUERIES)('running the tab %s shows the jobs it is named after, without an error', async (title) => {
  const { page } = opened;
  await openTab(page, title);
  const { data, errors } = await play(page, title);
  expect(errors).toBeUndefined();
  const listed = data.customizedVoiceJobs ?? data.searchCustomizedVoiceJobs;
  const jobs = listed?.edges.map((edge: { node: object }) => edge.node) ?? [
    data.customizedVoiceJob ?? data.node,
  ];
  const truth = gateway.emulator.list('Basic').map((job) => job.JobId);
  expect(jobs.map((job: { jobId: string }) => job.jobId)).toEqual(JOBS_OF[title](truth));
  if (title === 'Node') expect(data.node).toMatchObject({ __typename: 'CustomizedVoiceJob' });
  await expect.poll(() => shown(page, 'response')).toContain('"data": {');
  expect(await shown(page, 'response')).not.toContain('"errors"');
});

test('the docs and the explorer open without warnings', async () => {
  const { page } = opened;
  await page.getByLabel('Show Documentation Explorer').click();
  await page.getByText('CustomizedVoiceJobConnection').first().waitFor();
  await page.getByLabel('Show GraphiQL Explorer').click();
  await page.locator('.docExplorerWrap, .graphiql-explorer-root').first().waitFor();
  // Tabs can still be clicked after they have moved.
  for (const title of TABS) await openTab(page, title);
});

test('the page sends no request to another host and logs no warning', () => {
  expect(opened.complaints).toEqual([]);
});
