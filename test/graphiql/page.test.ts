import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { needs } from '../parts/needs.ts';
import { startChromium } from './chromium.ts';
import { openTab, play, shown, tabTitles, type Visit, visit } from './visit.ts';

needs('chromium');

const QUERIES = ['FirstPage', 'NextPage', 'LastPage', 'OneJob', 'Node'] as const;
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

test('the first tab is open, the others stand ready, and nothing speaks of yoga', async () => {
  const { page } = opened;
  expect(titlesAtFirst).toEqual(['[FirstPage]', ...TABS.slice(1)]);
  expect(await page.title()).toBe('Voice jobs · GraphiQL');
  expect(await page.locator('.graphiql-session-header').textContent()).toContain('Voice jobs');
  expect(await page.locator('.graphiql-main').textContent()).not.toMatch(/yoga/i);
});

test.each(QUERIES)('play on %s shows data and no error', async (title) => {
  const { page } = opened;
  await openTab(page, title);
  const { data, errors } = await play(page, title);
  expect(errors).toBeUndefined();
  const [first] = Object.values<object | null>(data);
  expect(first).toBeTruthy();
  await expect.poll(() => shown(page, 'response')).toContain('"data": {');
  expect(await shown(page, 'response')).not.toContain('"errors"');
});

test('the tabs ask for real jobs: the page after the first, the last, and the newest job itself', async () => {
  const { page } = opened;
  const truth = gateway.emulator.list('Basic').map((job) => job.JobId);
  const answerOf = async (title: string) => {
    await openTab(page, title);
    return (await play(page, title)).data;
  };
  const idsOf = async (title: string) =>
    (await answerOf(title)).customizedVoiceJobs.edges.map(
      (edge: { node: { jobId: string } }) => edge.node.jobId,
    );
  expect(await idsOf('FirstPage')).toEqual(truth.slice(0, 10));
  expect(await idsOf('NextPage')).toEqual(truth.slice(10, 20));
  expect(await idsOf('LastPage')).toEqual(truth.slice(-10));
  expect((await answerOf('OneJob')).customizedVoiceJob.jobId).toBe(truth[0]);
  expect((await answerOf('Node')).node).toMatchObject({ __typename: 'CustomizedVoiceJob', jobId: truth[0] });
});

test('the docs and the explorer open without complaints', async () => {
  const { page } = opened;
  await page.getByLabel('Show Documentation Explorer').click();
  await page.getByText('CustomizedVoiceJobConnection').first().waitFor();
  await page.getByLabel('Show GraphiQL Explorer').click();
  await page.locator('.docExplorerWrap, .graphiql-explorer-root').first().waitFor();
  // Tabs can still be clicked after they have moved aside.
  for (const title of TABS) await openTab(page, title);
});

test('no request leaves for another host, and the console has nothing to complain about', () => {
  expect(opened.complaints).toEqual([]);
});
