import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobRow } from '../../emulator/job.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { needs } from '../parts/needs.ts';
import { type ServedExample, serveExample } from './served-example.ts';

needs('chromium');

/** Too small for ten jobs, so that the page scrolls. */
const SMALL = { width: 800, height: 400 };

let browser: Browser;
let gateway: GatewayUnderTest;
let example: ServedExample;
let seeded: readonly JobRow[];

beforeAll(async () => {
  browser = await startChromium();
  gateway = await startGateway();
  seeded = gateway.emulator.list('Basic');
  example = await serveExample('relay', gateway.origin);
}, 600_000);

beforeEach(() => {
  gateway.emulator.clearFaults();
  gateway.emulator.replace('Basic', seeded);
});

afterAll(async () => {
  await example?.[Symbol.asyncDispose]();
  await browser?.close();
  await gateway?.[Symbol.asyncDispose]();
});

/** The app in a browser. `await using` closes it. */
interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** The variables of every operation it has sent. */
  readonly sent: Record<string, unknown>[];
  /** Warnings and errors of the console, exceptions. */
  readonly complaints: string[];
  /** Ids on all pages as transferred. Relay's store would hide a repeated one. */
  received(): Promise<string[]>;
}

/** Opens the app and waits for its first jobs; `beforeRequest` runs before each request is sent. */
async function visit(beforeRequest = () => {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: SMALL });
  const page = await context.newPage();
  const sent: Record<string, unknown>[] = [];
  const answers: Promise<string[]>[] = [];
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'warning' || message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.route('**/graphql', async (route, request) => {
    beforeRequest();
    sent.push(request.postDataJSON().variables);
    const ids = idsIn(request);
    ids.catch(() => {}); // of a visit that ends meanwhile
    answers.push(ids);
    await route.continue();
  });
  await page.goto(example.url);
  return {
    page,
    sent,
    complaints,
    received: async () => (await Promise.all(answers)).flat(),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

async function idsIn(request: Request): Promise<string[]> {
  const answer = await (await request.response())?.json();
  const edges: { node: { jobId: string } }[] = answer?.data?.customizedVoiceJobs?.edges ?? [];
  return edges.map(({ node }) => node.jobId);
}

const idsOf = (rows: readonly JobRow[]) => rows.map((row) => row.JobId);
const shown = (page: Page) => page.locator('li code').allTextContents();
const rowOf = (page: Page, { JobId }: JobRow) => page.getByRole('listitem').filter({ hasText: JobId });
const repeated = (ids: readonly string[]) => ids.filter((id, index) => ids.indexOf(id) !== index);

/** Scrolls to the end of the loaded rows until there are no more pages. */
async function scrollThrough(page: Page): Promise<void> {
  await page.getByRole('listitem').first().waitFor();
  await page.waitForFunction(`(() => {
    const more = document.querySelector('section > p');
    more?.scrollIntoView();
    return more === null;
  })()`);
}

/** Shows the last page instead of the first. */
async function beginAtEnd(page: Page): Promise<void> {
  await page.getByLabel('From the end').check();
  await rowOf(page, seeded.at(-1) as JobRow).waitFor();
}

test('only the first page is loaded until the user scrolls', async () => {
  await using visited = await visit();
  const { page, sent } = visited;
  await page.getByText('10 of 271').waitFor();
  // An intersection observer would have reported a row in view by the second frame.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  expect(await shown(page)).toEqual(idsOf(seeded.slice(0, 10)));
  expect(sent).toEqual([{ type: 'BASIC', first: 10 }]);
});

describe('Relay with an unchanging list', () => {
  test('scrolls forwards through 271 jobs in order, each once', async () => {
    await using visited = await visit();
    await scrollThrough(visited.page);
    expect(await shown(visited.page)).toEqual(idsOf(seeded));
    expect(await visited.received()).toEqual(idsOf(seeded));
    expect(visited.sent).toHaveLength(28);
    expect(visited.complaints).toEqual([]);
  });

  test('scrolls backwards from the end through 271 jobs in order, each once', async () => {
    await using visited = await visit();
    await beginAtEnd(visited.page);
    await scrollThrough(visited.page);
    expect(await shown(visited.page)).toEqual(idsOf(seeded));
    const received = (await visited.received()).slice(10);
    expect(received).toHaveLength(271);
    expect(repeated(received)).toEqual([]);
    expect(visited.sent).toHaveLength(1 + 28);
    expect(visited.complaints).toEqual([]);
  });
});

describe('Relay with two new jobs before each page', () => {
  const insert = () => void gateway.emulator.insertMany('Basic', 2);

  test('scrolls forwards through every earlier job in order, none twice', async () => {
    await using visited = await visit(insert);
    await scrollThrough(visited.page);
    const original = new Set(idsOf(seeded));
    expect((await shown(visited.page)).filter((id) => original.has(id))).toEqual(idsOf(seeded));
    expect(repeated(await visited.received())).toEqual([]);
    expect(gateway.emulator.list('Basic')).toHaveLength(271 + 2 * visited.sent.length);
    expect(visited.complaints).toEqual([]);
  });

  test('scrolls backwards from the end through every job in order, none twice', async () => {
    await using visited = await visit(insert);
    await beginAtEnd(visited.page);
    await scrollThrough(visited.page);
    expect(await shown(visited.page)).toEqual(idsOf(gateway.emulator.list('Basic')));
    expect(repeated((await visited.received()).slice(10))).toEqual([]);
    expect(gateway.emulator.list('Basic')).toHaveLength(271 + 2 * visited.sent.length);
    expect(visited.complaints).toEqual([]);
  });
});

test('each edition is a separate list, from either end', async () => {
  await using visited = await visit();
  const { page } = visited;
  const standard = idsOf(gateway.emulator.list('Standard'));
  await page.getByLabel('Edition').selectOption('Standard');
  await page.getByText('10 of 42').waitFor();
  await scrollThrough(page);
  expect(await shown(page)).toEqual(standard);
  await page.getByLabel('From the end').check();
  await page.getByText('10 of 42').waitFor();
  await scrollThrough(page);
  expect(await shown(page)).toEqual(standard);
  expect(visited.complaints).toEqual([]);
});

test('a search loads page by page, and another text in the middle starts another list', async () => {
  await using visited = await visit();
  const { page, sent } = visited;
  const all = [...gateway.emulator.list('Basic'), ...gateway.emulator.list('Standard')].sort((one, other) =>
    one.CreateTime < other.CreateTime ? 1 : one.CreateTime > other.CreateTime ? -1 : 0,
  );
  const idsWith = (text: string) =>
    idsOf(
      all.filter(({ VoiceName, VoiceDesc, VoiceId, JobId, Message }) =>
        [VoiceName, VoiceDesc, VoiceId, JobId, Message].some((value) => value.toLowerCase().includes(text)),
      ),
    );
  const find = async (text: string) => {
    await page.getByLabel('Find').fill(text);
    await page.getByRole('button', { name: 'Find' }).click();
  };
  await page.getByText('10 of 271').waitFor();
  const [warm, anna] = [idsWith('warm'), idsWith('anna')];
  await find('WARM');
  await page.getByText(`10 of ${warm.length} found`).waitFor();
  await page.getByRole('button', { name: 'Keep looking' }).click();
  await page.getByText(`20 of ${warm.length} found`).waitFor();
  expect(await shown(page)).toEqual(warm.slice(0, 20));

  await find('anna');
  await page.getByText(`10 of ${anna.length} found`).waitFor();
  expect(await shown(page)).toEqual(anna.slice(0, 10));
  for (let rows = 20; rows < anna.length + 10; rows += 10) {
    await page.getByRole('button', { name: 'Keep looking' }).click();
    await page.getByText(`${Math.min(rows, anna.length)} of ${anna.length} found`).waitFor();
  }
  expect(await shown(page)).toEqual(anna);
  const filters = sent.flatMap(({ filter }) =>
    filter === undefined ? [] : [(filter as { text: string }).text],
  );
  expect(new Set(filters)).toEqual(new Set(['WARM', 'anna']));

  await find('');
  await page.getByText('10 of 271').waitFor();
  expect(visited.complaints).toEqual([]);
});

test('the refresh button of a job fetches only this job, by its global id', async () => {
  await using visited = await visit();
  const { page, sent } = visited;
  const { emulator } = gateway;
  const [job, other] = seeded.slice(3) as [JobRow, JobRow];
  const refresh = rowOf(page, job).getByRole('button');
  const status = rowOf(page, job).locator('[data-status]');
  await refresh.waitFor();
  const statusOfOther = await rowOf(page, other).locator('[data-status]').textContent();

  emulator.change(other.JobId, { Status: 'Fail' });
  for (const [Status, text] of [
    ['Success', 'success'],
    ['PreTraining', 'pre training'],
  ] as const) {
    emulator.change(job.JobId, { Status });
    emulator.resetCalls();
    sent.length = 0;
    await refresh.click();
    await expect.poll(() => status.textContent()).toBe(text);
    expect(sent).toEqual([{ id: expect.any(String) }]);
    const calls = emulator.calls.map(({ action, params }) => [action, params.JobId]);
    expect(calls).toEqual([['GetCustomizedVoiceJob', job.JobId]]);
  }
  expect(await rowOf(page, other).locator('[data-status]').textContent()).toBe(statusOfOther);
  expect(await shown(page)).toEqual(idsOf(seeded.slice(0, 10)));
  expect(visited.complaints).toEqual([]);
});

test('refreshing a deleted job shows that it was deleted', async () => {
  await using visited = await visit();
  const [job] = seeded as [JobRow];
  const row = visited.page.getByRole('listitem').first();
  await row.getByText(job.JobId).waitFor();
  gateway.emulator.remove(job.JobId);
  await row.getByRole('button').click();
  await row.getByText('has been deleted').waitFor();
  expect(await shown(visited.page)).toEqual(idsOf(seeded.slice(1, 10)));
});

test('each failure is shown in place, and Retry continues from there', async () => {
  const { emulator } = gateway;
  const fail = () => emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 });
  fail();
  await using visited = await visit();
  const { page } = visited;
  const retry = page.getByRole('button', { name: 'Retry' });

  await page.getByRole('alert').waitFor();
  emulator.clearFaults();
  await retry.click();
  await page.getByText('10 of 271').waitFor();

  fail();
  await page.getByRole('button', { name: 'More' }).scrollIntoViewIfNeeded();
  await page.getByRole('alert').waitFor();
  expect(await shown(page)).toEqual(idsOf(seeded.slice(0, 10)));
  await rowOf(page, seeded[4] as JobRow)
    .getByRole('button')
    .click();
  const alertInRow = page.getByRole('listitem').nth(4).getByRole('alert');
  await alertInRow.waitFor();
  expect(await page.getByRole('alert').count()).toBe(2);
  emulator.clearFaults();
  await alertInRow.getByRole('button').click();
  await rowOf(page, seeded[4] as JobRow).waitFor();
  await retry.click();
  await scrollThrough(page);
  expect(await shown(page)).toEqual(idsOf(seeded));
});
