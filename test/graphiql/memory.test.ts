import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { needs } from '../parts/needs.ts';
import { startChromium } from './chromium.ts';
import { opened, openTab, play, remembered, shown, tabTitles, type Visit, visit } from './visit.ts';

needs('chromium');

const TABS = ['FirstPage', 'NextPage', 'LastPage', 'FindJobs', 'OneJob', 'Node', 'JobStatus'];
const LINK = `/graphql?${new URLSearchParams({
  query: 'query Linked($first: Int) { customizedVoiceJobs(first: $first) { nodes { jobId } } }',
  variables: '{"first": 3}',
})}`;

let gateway: GatewayUnderTest;
let browser: Browser;

beforeAll(async () => {
  browser = await startChromium();
  gateway = await startGateway();
});

afterAll(async () => {
  await browser?.close();
  await gateway?.[Symbol.asyncDispose]();
});

async function reload(page: Page): Promise<void> {
  await page.reload();
  await opened(page);
}

/** Types above the query and waits until it is stored. */
async function type(page: Page, text: string): Promise<void> {
  await page.locator('.graphiql-query-editor .view-line').first().click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type(`${text}\n`);
  await expect.poll(() => remembered(page)).toContain(text);
}

// Opening GraphiQL takes more than a second of CPU, so one visitor performs several steps.
describe('for a returning visitor', () => {
  let context: BrowserContext;
  let visitor: Visit;
  const samplesAsked: string[] = [];

  beforeAll(async () => {
    context = await browser.newContext();
    context.on('request', (request) => {
      const body = request.postData() ?? '';
      if (body.includes('GraphiqlSamples')) samplesAsked.push(body);
    });
    visitor = await visit(context, `${gateway.origin}/graphql`);
  });
  afterAll(() => context?.close());

  test('tabs are restored, once each, and no new samples are requested', async () => {
    const { page, complaints } = visitor;
    await expect.poll(() => remembered(page)).toContain('NextPage');
    expect(samplesAsked).toHaveLength(1);
    await openTab(page, 'LastPage');
    await type(page, '# a note');
    for (let times = 0; times < 2; times++) {
      await reload(page);
      expect(await tabTitles(page)).toEqual([
        'FirstPage',
        'NextPage',
        '[LastPage]',
        'FindJobs',
        'OneJob',
        'Node',
        'JobStatus',
      ]);
      expect(await shown(page, 'query')).toContain('# a note');
      expect(await shown(page, 'variables')).toContain('"last": 10');
    }
    expect(samplesAsked).toHaveLength(1);
    expect(page.url()).toBe(`${gateway.origin}/graphql`);
    expect(complaints).toEqual([]);
  });

  test('a link adds one tab, however often it is followed', async () => {
    const { page } = visitor;
    for (let times = 0; times < 2; times++) {
      await page.goto(gateway.origin + LINK);
      await opened(page);
      expect(await tabTitles(page)).toEqual([...TABS, '[Linked]']);
      expect(await shown(page, 'variables')).toContain('"first": 3');
      await expect.poll(() => remembered(page)).toContain('Linked');
    }
  });
});

test('a link opens its query before the prepared tabs, and a reload does not open it again', async () => {
  await using context = await browser.newContext();
  const { page, complaints } = await visit(context, gateway.origin + LINK);
  expect(await tabTitles(page)).toEqual(['[Linked]', ...TABS]);
  expect((await play(page, 'Linked')).data.customizedVoiceJobs.nodes).toHaveLength(3);
  await type(page, '# a note');
  await reload(page);
  expect(await tabTitles(page)).toEqual(['[Linked]', ...TABS]);
  expect(page.url()).toBe(`${gateway.origin}/graphql`);
  expect(complaints).toEqual([]);
});

test("the storage of another project's GraphiQL on this origin is left alone, and headers are not persisted unless the visitor chooses so", async () => {
  await using context = await browser.newContext();
  const foreign = JSON.stringify({ tabs: [], activeTabIndex: 0 });
  await context.addInitScript(`localStorage.setItem('graphiql:tabState', '${foreign}')`);
  const { page } = await visit(context, `${gateway.origin}/graphql`);
  expect(await tabTitles(page)).toEqual(['[FirstPage]', ...TABS.slice(1)]);

  await page.getByRole('button', { name: 'Headers' }).click();
  await page.locator('[aria-label=Headers] .graphiql-editor:not(.hidden) .view-line').first().click();
  await page.keyboard.type('{"x-note":"secret"');
  await openTab(page, 'NextPage');
  await expect.poll(() => remembered(page)).toContain('"activeTabIndex":1');
  expect(String(await page.evaluate('JSON.stringify(localStorage)'))).not.toContain('secret');
  expect(await page.evaluate(`localStorage.getItem('graphiql:tabState')`)).toBe(foreign);
});
