import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { startChromium } from '../graphiql/chromium.ts';
import { opened, play, shown } from '../graphiql/visit.ts';
import { needs } from '../parts/needs.ts';
import { JOBS } from './call.ts';

needs('chromium');

const KEY = 'kR3f0qX9vT2mB7wLz5pJ';
const auth = { apiKeys: [hashApiKey('web', KEY)], jwt: undefined };

/** An empty page on an origin of its own. */
async function startPage() {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>app</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}

let browser: Browser;
let app: Awaited<ReturnType<typeof startPage>>;
let stranger: Awaited<ReturnType<typeof startPage>>;
let gateway: GatewayUnderTest;

beforeAll(async () => {
  [browser, app, stranger] = await Promise.all([startChromium(), startPage(), startPage()]);
  gateway = await startGateway({ gateway: { auth, corsOrigins: [app.origin] } });
});
afterAll(async () => {
  await browser?.close();
  app?.close();
  stranger?.close();
  await gateway?.[Symbol.asyncDispose]();
});

/** What a page can read of a response: status, headers and body, or the name of the error. */
function askFrom(page: Page, headers: Record<string, string>, path = '/graphql') {
  const ask = `(async () => {
    try {
      const response = await fetch(${JSON.stringify(gateway.origin + path)}, {
        method: 'POST',
        headers: ${JSON.stringify({ 'content-type': 'application/json', ...headers })},
        body: ${JSON.stringify(JSON.stringify({ query: JOBS }))},
      });
      const { data, errors } = await response.json();
      const id = response.headers.get('x-request-id');
      return { status: response.status, jobs: data?.customizedVoiceJobs.nodes.length, code: errors?.[0].extensions.code, id };
    } catch (error) {
      return error.name;
    }
  })()`;
  return page.evaluate(ask);
}

describe('CORS in Chromium', () => {
  let page: Page;
  beforeEach(async () => {
    page = await browser.newPage();
    return () => page.close();
  });

  test('a page of an allowed origin reads responses, request ids and rejections', async () => {
    await page.goto(app.origin);
    const all = {
      'x-api-key': KEY,
      'x-request-id': 'from-a-page',
      'cache-control': 'no-cache',
      'x-cost': '1',
    };
    expect(await askFrom(page, all)).toEqual({ status: 200, jobs: 2, id: 'from-a-page' });
    expect(await askFrom(page, { 'x-api-key': 'wrong' })).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
      id: expect.any(String),
    });
  });

  test('a page of another origin reads nothing, and its query does not reach the upstream', async () => {
    const calls = gateway.emulator.calls.length;
    await page.goto(stranger.origin);
    expect(await askFrom(page, { 'x-api-key': KEY })).toBe('TypeError');
    expect(gateway.emulator.calls).toHaveLength(calls);
  });

  test('the documented fetch example works for a page of an allowed origin', async () => {
    const file = new URL('../auth/read-from-page.js', import.meta.url);
    const read = readFileSync(file, 'utf8').replace(/^\/\/.*\nexport /, '');
    const readTotal = (key: string) =>
      page.evaluate(`(${read})(${JSON.stringify(gateway.origin)}, ${JSON.stringify(key)})`);
    await page.goto(app.origin);
    expect(await readTotal(KEY)).toBe(271);
    expect(await readTotal('wrong')).toBe(
      'Invalid credential. Send an API key as `x-api-key` or as `authorization: Bearer`.',
    );
  });

  test('a page of an allowed origin cannot read metrics', async () => {
    await page.goto(app.origin);
    expect(await askFrom(page, { 'x-api-key': KEY }, '/metrics')).toBe('TypeError');
  });
});

test.each([
  ['another site', (origin: string) => origin.replace('127.0.0.1', 'localhost')],
  ['another port of the same site', (origin: string) => origin],
])(
  'in a browser, an image, a script and a fetch of a page of %s cause no upstream call',
  async (_, originOf) => {
    await using open = await startGateway({ gateway: { cache: { ttlMs: 0, staleIfErrorMs: 0 } } });
    const page = await browser.newPage();
    await page.goto(stranger.origin);
    const url = `${originOf(open.origin)}/graphql?query=${encodeURIComponent(JOBS)}`;
    await page.evaluate(`Promise.all([
    ...['img', 'script'].map((name) => new Promise((resolve) => {
      const element = document.body.appendChild(document.createElement(name));
      element.onload = element.onerror = resolve;
      element.src = ${JSON.stringify(url)};
    })),
    fetch(${JSON.stringify(url)}).catch(() => {}),
  ])`);
    await page.close();
    await expect
      .poll(() => open.logged.filter(({ msg, refused }) => msg === 'request' && refused === 'cross_site'))
      .toHaveLength(3);
    expect(open.emulator.calls).toEqual([]);
  },
);

describe('GraphiQL with authentication', () => {
  test('GraphiQL opens without a key, reports the missing one, and sends the key entered in its headers', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${gateway.origin}/graphql`);
    await opened(page);
    const refused = await play(page, 'FirstPage');
    expect(refused.errors?.[0]).toMatchObject({
      message: 'Missing credential. Send an API key as `x-api-key` or as `authorization: Bearer`.',
      extensions: { code: 'UNAUTHENTICATED' },
    });
    await expect.poll(() => shown(page, 'response')).toContain('x-api-key');

    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await page.locator('[aria-label=Headers] .graphiql-editor:not(.hidden) .view-line').first().click();
    await page.keyboard.insertText(JSON.stringify({ 'x-api-key': KEY }));
    await expect
      .poll(async () => (await play(page, 'FirstPage')).data?.customizedVoiceJobs.edges)
      .toHaveLength(10);
    await context.close();
  });
});
